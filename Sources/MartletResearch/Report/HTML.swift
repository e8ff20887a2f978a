// Pieces of HTML: escaped text, tables whose numbers line up, and nothing that loads anything.

/// Text made safe for HTML content and double-quoted attributes.
func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "&": result += "&amp;"
        case "<": result += "&lt;"
        case ">": result += "&gt;"
        case "\"": result += "&quot;"
        case "'": result += "&#39;"
        case _ where scalar.value < 32 && scalar != "\n" && scalar != "\t": result += "\u{FFFD}"
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result
}

/// One cell of a table.
struct Cell {
    let html: String
    let isNumber: Bool

    /// Text, aligned left.
    static func text(_ text: String) -> Cell { Cell(html: escaped(text), isNumber: false) }
    /// A number already formatted, aligned right.
    static func number(_ text: String) -> Cell { Cell(html: escaped(text), isNumber: true) }
    /// A number coloured by its sign.
    static func signed(_ text: String, _ value: Double) -> Cell {
        // What rounds to 0 is shown as 0, without sign and colour.
        guard text.contains(where: { "123456789".contains($0) }) else {
            return number(String(text.drop { $0 == "+" || $0 == "−" }))
        }
        return Cell(html: "<span class=\"\(tone(value))\">\(escaped(text))</span>", isNumber: true)
    }
    /// HTML as it stands.
    static func html(_ html: String) -> Cell { Cell(html: html, isNumber: false) }
}

/// The class of a value's colour: gains and losses differ in colour and in sign.
func tone(_ value: Double) -> String { value > 0 ? "up" : value < 0 ? "down" : "even" }

/// A table with a caption for those who cannot see it.
struct HTMLTable {
    var caption: String
    var head: [Cell] = []
    var rows: [[Cell]] = []
    /// Whether the first cell of each row names it.
    var hasRowHeads = true

    /// The table, scrollable where it is wider than the page.
    var html: String {
        var text =
            "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"\(escaped(caption))\">"
        text += "<table><caption>\(escaped(caption))</caption>"
        if !head.isEmpty {
            text += "<thead><tr>"
            for cell in head {
                text +=
                    "<th scope=\"col\"\(cell.isNumber ? " class=\"num\"" : "")>\(cell.html)</th>"
            }
            text += "</tr></thead>"
        }
        text += "<tbody>"
        for row in rows {
            text += "<tr>"
            for (index, cell) in row.enumerated() {
                let isHead = index == 0 && hasRowHeads
                let tag = isHead ? "th scope=\"row\"" : "td"
                text += "<\(tag)\(cell.isNumber ? " class=\"num\"" : "")>\(cell.html)"
                text += isHead ? "</th>" : "</td>"
            }
            text += "</tr>"
        }
        return text + "</tbody></table></div>\n"
    }
}

/// A list of names and values in two columns.
func facts(_ caption: String, _ rows: [(String, String)]) -> String {
    HTMLTable(caption: caption, rows: rows.map { [.text($0.0), .number($0.1)] }).html
}

/// A section with a heading and a place to link to.
func section(_ id: String, _ title: String, lead: String = "", _ content: String) -> String {
    guard !content.isEmpty else { return "" }
    let note = lead.isEmpty ? "" : "<p class=\"lead\">\(escaped(lead))</p>"
    return "<section id=\"\(id)\"><h2>\(escaped(title))</h2>\(note)\n\(content)</section>\n"
}

// A table for people: columns as wide as their content, numbers to the right.

/// Rows under headings.
package struct TextTable: Sendable {
    private let headings: [String]
    private let rows: [[String]]
    private let numeric: Set<Int>

    /// A table; every row has as many cells as there are headings, `numeric` columns go to the right.
    package init(headings: [String], rows: [[String]], numeric: Set<Int> = []) {
        precondition(rows.allSatisfy { $0.count == headings.count }, "a row has a cell per heading")
        self.headings = headings
        self.rows = rows
        self.numeric = numeric
    }

    /// The lines, without a final newline.
    package var text: String {
        let widths = headings.indices.map { column in
            ([headings] + rows).map { $0[column].count }.max() ?? 0
        }
        return ([headings] + rows).map { row in
            var line = ""
            for (column, cell) in row.enumerated() {
                let gap = String(repeating: " ", count: widths[column] - cell.count)
                line += column > 0 ? "  " : ""
                line += numeric.contains(column) ? gap + cell : cell + gap
            }
            while line.hasSuffix(" ") { line.removeLast() }
            return line
        }.joined(separator: "\n")
    }
}

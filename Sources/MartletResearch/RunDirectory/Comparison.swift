// `backtest compare`: runs side by side, and which settings tell them apart.

public import MartletModel
public import MartletStore

/// Several runs set side by side.
public struct Comparison: Sendable {
    /// One line of the table: what it is, and its text for each run.
    public struct Row: Hashable, Sendable {
        /// What is compared.
        public let name: String
        /// One text per run; empty where undefined.
        public let values: [String]
    }

    /// The runs' directories as named.
    public let paths: [String]
    /// Results, in the order in which they are shown.
    public let results: [Row]
    /// Settings, parameters and inputs that are not the same in all runs.
    public let differences: [Row]
    private let jsonRuns: [JSONText]

    /// Reads run directories and compares them.
    ///
    /// - Throws: usage below two paths; not found for a missing directory; integrity for a damaged
    ///   one, naming the file.
    public static func run(_ paths: [String]) throws(Failure) -> Comparison {
        guard paths.count > 1 else {
            throw Failure(.usage, "name at least two run directories to compare")
        }
        var runs: [StoredRun] = []
        for path in paths { runs.append(try StoredRun(path: path)) }
        return Comparison(runs)
    }

    init(_ runs: [StoredRun]) {
        paths = runs.map(\.path)
        results = Self.resultRows(runs)
        differences = Self.differenceRows(runs)
        jsonRuns = runs.map { run in
            var members: [(key: String, value: JSONText)] = [("path", .string(run.path))]
            for measure in Self.measures {
                members.append((measure.key, Self.json(measure.value(run))))
            }
            return .object(members)
        }
    }

    /// One thing that is compared.
    private struct Measure {
        let key: String
        let name: String
        let value: @Sendable (StoredRun) -> JSONValue?
        /// Decimals shown; nil shows the text as it is.
        var digits: Int?
        var isPercent = false
    }

    private static func metric(
        _ key: String, _ name: String, _ section: String, _ member: String, digits: Int? = nil,
        isPercent: Bool = false
    ) -> Measure {
        Measure(
            key: key, name: name, value: { $0.metrics[section, member] }, digits: digits,
            isPercent: isPercent)
    }

    private static let measures: [Measure] = [
        Measure(key: "strategy", name: "strategy", value: { $0.manifest["strategy"] }),
        Measure(
            key: "instrument", name: "instrument", value: { $0.manifest["instrument", "symbol"] }),
        Measure(key: "asset", name: "asset", value: { $0.metrics["asset"] }),
        metric("netPnL", "net result", "result", "netPnL", digits: 6),
        metric("fees", "fees", "result", "fees", digits: 6),
        metric("funding", "funding", "result", "funding", digits: 6),
        metric("finalValue", "final value", "result", "finalValue", digits: 6),
        metric("orders", "orders", "execution", "orders"),
        metric("fills", "fills", "execution", "fills"),
        metric("fillRatio", "fill ratio", "execution", "fillRatio", digits: 2, isPercent: true),
        metric("makerShare", "maker share", "execution", "makerShare", digits: 2, isPercent: true),
        metric("position", "position at the end", "result", "position"),
        metric("tradingValue", "traded value", "result", "tradingValue", digits: 2),
        metric("returnPerNotional", "bp of traded value", "result", "returnPerNotional", digits: 4),
        metric("maximumDrawdown", "max drawdown", "drawdown", "deepest", digits: 6),
        markout("markout100ms", "markout 100 ms, bp", 0),
        markout("markout1s", "markout 1 s, bp", 1),
        markout("markout5s", "markout 5 s, bp", 2),
        markout("markout30s", "markout 30 s, bp", 3),
        metric("roundTrips", "round trips", "roundTrips", "closed"),
        metric("winRate", "win rate", "roundTrips", "winRate", digits: 2, isPercent: true),
        metric("profitFactor", "profit factor", "roundTrips", "profitFactor", digits: 3),
        metric("totalReturn", "total return", "returns", "totalReturn", digits: 4, isPercent: true),
        metric("sharpeAnnual", "Sharpe, annual", "returns", "sharpeAnnual", digits: 3),
        metric("spreadCapture", "from the spread", "attribution", "spreadCapture", digits: 6),
        metric("inventory", "from inventory", "attribution", "inventory", digits: 6),
        Measure(key: "events", name: "events", value: { $0.manifest["events"] }),
        Measure(key: "effectHash", name: "effect hash", value: { $0.manifest["effectHash"] }),
    ]

    private static func markout(_ key: String, _ name: String, _ index: Int) -> Measure {
        Measure(
            key: key, name: name,
            value: { run in
                let markouts = run.metrics["execution", "markouts"]?.elements ?? []
                return index < markouts.count ? markouts[index]["fillWeighted"] : nil
            }, digits: 4)
    }

    private static func resultRows(_ runs: [StoredRun]) -> [Row] {
        measures.map { measure in
            Row(
                name: measure.name,
                values: runs.map { run in
                    guard let value = measure.value(run) else { return "" }
                    guard let digits = measure.digits else { return value.text }
                    guard let number = value.doubleValue else { return "" }
                    let text = Show.number(
                        measure.isPercent ? number * 100 : number, digits: digits, isFixed: true)
                    return Self.ascii(text) + (measure.isPercent ? " %" : "")
                })
        }
    }

    private static func differenceRows(_ runs: [StoredRun]) -> [Row] {
        var rows: [Row] = []
        func add(_ name: String, _ value: (StoredRun) -> String) {
            let values = runs.map(value)
            if Set(values).count > 1 { rows.append(Row(name: name, values: values)) }
        }
        add("version") { $0.manifest["version"]?.text ?? "" }
        add("strategy") { $0.manifest["strategy"]?.text ?? "" }
        add("venue") { $0.manifest["instrument", "venue"]?.text ?? "" }
        add("instrument") { $0.manifest["instrument", "symbol"]?.text ?? "" }
        for section in ["parameters", "settings"] {
            for name in Self.keys(of: section, in: runs) {
                add(section == "parameters" ? "set \(name)" : name) {
                    $0.manifest[section, name]?.text ?? ""
                }
            }
        }
        add("seed") { $0.manifest["seed"]?.text ?? "" }
        add("inputs") { run in
            (run.manifest["inputs"]?.elements ?? []).map { input in
                let hash = input["sha256"]?.text.prefix(8) ?? ""
                return "\(input["name"]?.text ?? "") \(hash)"
            }.joined(separator: ", ")
        }
        return rows
    }

    private static func keys(of section: String, in runs: [StoredRun]) -> [String] {
        var keys: Set<String> = []
        for run in runs {
            if case .object(let members)? = run.manifest[section] { keys.formUnion(members.keys) }
        }
        return keys.sorted()
    }

    private static func ascii(_ text: String) -> String {
        var result = ""
        for character in text where character != "\u{202F}" {
            result.append(character == "−" ? "-" : character == "–" ? " " : character)
        }
        return result
    }

    private static func json(_ value: JSONValue?) -> JSONText {
        switch value {
        case nil, .null: .null
        case .flag(let value): .flag(value)
        case .integer(let value): .integer(value)
        case .number(let value): .double(value)
        case .string(let value): .string(value)
        case .array, .object: .null
        }
    }

    /// The comparison as JSON, schema `martlet.comparison/1`.
    public var json: JSONText {
        .object([
            ("schema", .string("martlet.comparison/1")),
            ("runs", .array(jsonRuns)),
            (
                "differences",
                .array(
                    differences.map { row in
                        .object([
                            ("name", .string(row.name)),
                            ("values", .array(row.values.map { .string($0) })),
                        ])
                    })
            ),
        ])
    }

    /// The comparison as aligned tables, without a final newline.
    public var text: String {
        let headings = Self.headings(paths)
        var text = Self.table(Row(name: "", values: headings), results)
        if differences.isEmpty {
            text += "\n\nNo setting differs."
        } else {
            text += "\n\nSettings that differ\n"
            text += Self.table(Row(name: "", values: headings), differences)
        }
        return text
    }

    /// Last names of the directories, or whole paths where those are not unique.
    private static func headings(_ paths: [String]) -> [String] {
        let names = paths.map { path in
            path.split(separator: "/").last.map(String.init) ?? path
        }
        return Set(names).count == names.count ? names : paths
    }

    private static func table(_ head: Row, _ rows: [Row]) -> String {
        let shown = [head] + rows.filter { $0.values.contains { !$0.isEmpty } }
        let first = shown.map(\.name.count).max() ?? 0
        let widths = head.values.indices.map { column in
            shown.map { $0.values[column].count }.max() ?? 0
        }
        var lines: [String] = []
        for row in shown {
            var line = row.name + String(repeating: " ", count: first - row.name.count)
            for (column, value) in row.values.enumerated() {
                let shownValue = value.isEmpty ? "-" : value
                line +=
                    "  " + String(repeating: " ", count: max(0, widths[column] - shownValue.count))
                line += shownValue
            }
            while line.last == " " { line.removeLast() }
            lines.append(line)
        }
        return lines.joined(separator: "\n")
    }
}

// Bar files into bar series: CSV and JSON, plain or compressed, exact to the last digit.

public import MartletModel
public import MartletStore

/// How to read a bar file.
public struct BarImportOptions: Hashable, Sendable {
    /// What the columns hold, or nil: from the header, or time first in JSON and Binance archives.
    public var columns: BarColumns?
    /// Quote asset per tick, or nil: the finest decimal of the file.
    public var tickSize: ExactDecimal?
    /// Name of the instrument, or nil: the file's name.
    public var symbol: String?
    /// Whether defective bars are refused.
    public var isStrict = false

    /// Everything from the file itself.
    public init() {}
}

/// What a bar file was like.
public struct BarQuality: Hashable, Sendable {
    /// Bars read.
    public internal(set) var rows = 0
    /// Places where bars are missing.
    public internal(set) var gaps = 0
    /// Bars missing at those places.
    public internal(set) var missing = 0
    /// Steps between bars that are no whole number of intervals (months, daylight saving).
    public internal(set) var irregular = 0
    /// Bars whose high is below, or whose low is above, another of their prices.
    public internal(set) var defects = 0
    /// Where the first of them stands and what is wrong with it.
    public internal(set) var firstDefect: String?
    /// Volumes that had more than eight decimals, the rest of which was dropped.
    public internal(set) var volumesCut = 0
    /// Steps in the file that ran against its order; the bars were sorted by time.
    public internal(set) var disorder = 0
    /// Where the first of them stands.
    public internal(set) var firstDisorder: String?
    /// Bars that occurred again with the same content; only one of each is kept.
    public internal(set) var repeats = 0
    /// Whether the file was newest first, so that its bars were turned round.
    public internal(set) var wasNewestFirst = false

    /// Nothing seen yet.
    init() {}

    /// One line for each thing a reader should know, most serious first.
    public var warnings: [String] {
        var lines: [String] = []
        if let firstDefect {
            lines.append("\(defects) defective bars, kept as they are; first: \(firstDefect)")
        }
        if let firstDisorder {
            lines.append(
                "time ran against the order of the file \(disorder) times, first at "
                    + "\(firstDisorder); the bars were sorted")
        }
        if repeats > 0 { lines.append("\(repeats) bars occur twice and were dropped once") }
        if gaps > 0 { lines.append("\(missing) bars are missing at \(gaps) places") }
        if irregular > 0 { lines.append("\(irregular) steps are no whole number of intervals") }
        if volumesCut > 0 { lines.append("\(volumesCut) volumes were cut to eight decimals") }
        if wasNewestFirst { lines.append("the file is newest first: its bars were turned round") }
        return lines
    }
}

/// A bar file, read.
public struct BarImport: Hashable, Sendable {
    /// The bars, oldest first.
    public let series: BarSeries
    /// What the file was like.
    public let quality: BarQuality

    /// Reads a bar file: CSV (separated by comma, semicolon or tab) or JSON `[[time, open, high, low,
    /// close, volume], …]`, plain or compressed.
    ///
    /// The kind is told from the first byte. Times are ISO 8601 in UTC or whole seconds, ms, µs or ns
    /// since 1970, and mean the beginning of the bar. Without a tick in `options`, tick = the finest
    /// decimal that any price needs; lot = 10⁻⁸. Bars are kept in memory, 56 bytes each.
    ///
    /// - Throws: `integrity` for content (naming line and field, or byte), `notFound` and `failure`
    ///   for the file itself.
    public static func read(_ path: String, _ options: BarImportOptions = BarImportOptions())
        throws(Failure) -> BarImport
    {
        var reader = BarReader(name: path, options: options)
        let source = try ByteReader(path: path)
        while let bytes = try next(source, after: reader) { try reader.push(bytes) }
        return try reader.finish()
    }

    /// The next bytes of a file; damage names the last good line or bar besides the byte.
    private static func next(
        _ source: ByteReader, after reader: BarReader
    ) throws(Failure) -> UnsafeRawBufferPointer? {
        do throws(Failure) { return try source.next() } catch {
            guard error.kind == .integrity, let last = reader.lastGood else { throw error }
            throw Failure(error.kind, "\(error.message); the last good \(last)")
        }
    }

    /// Values for scripts.
    public var json: JSONText {
        .object([
            ("instrument", .string(series.instrument.id.symbol)),
            ("tickSize", .string(series.instrument.tickSize.description)),
            ("interval", .string(Nanoseconds(series.intervalNanoseconds).text)),
            ("firstTime", .string(time(series.bars.first?.openTime))),
            ("lastTime", .string(time(series.bars.last?.openTime))),
            ("rows", .integer(Int64(quality.rows))),
            ("gaps", .integer(Int64(quality.gaps))),
            ("missing", .integer(Int64(quality.missing))),
            ("irregular", .integer(Int64(quality.irregular))),
            ("defects", .integer(Int64(quality.defects))),
            ("disorder", .integer(Int64(quality.disorder))),
            ("repeats", .integer(Int64(quality.repeats))),
            ("volumesCut", .integer(Int64(quality.volumesCut))),
            ("newestFirst", .flag(quality.wasNewestFirst)),
        ])
    }

    private func time(_ nanoseconds: Int64?) -> String {
        Timestamp(nanoseconds: nanoseconds ?? 0).iso8601
    }
}

/// Reads one bar file from bytes pushed in pieces: the pure part of ``BarImport``.
package struct BarReader {
    private enum Form {
        case unknown
        case table(BarTable)
        case arrays(BarArrays)
    }

    private let name: String
    private let options: BarImportOptions
    private var form = Form.unknown
    private var bars: BarAccumulator

    /// A reader for the file shown as `name` in messages.
    package init(name: String, options: BarImportOptions) {
        self.name = name
        self.options = options
        bars = BarAccumulator(name: name, options: options)
    }

    /// What was read last: `line is 7` or `bar is 7`; nil while nothing was read.
    var lastGood: String? {
        switch form {
        case .unknown: nil
        case .table(let table): "line is \(table.lineNumber)"
        case .arrays(let arrays): "bar is \(arrays.row)"
        }
    }

    /// Takes in the next bytes.
    package mutating func push(_ bytes: UnsafeRawBufferPointer) throws(Failure) {
        guard !bytes.isEmpty else { return }
        switch form {
        case .unknown:
            let first = bytes.first { $0 != 32 && $0 != 9 && $0 != 10 && $0 != 13 }
            guard let first else {
                // Blank lines count, so that line numbers stay true.
                var table = BarTable(name: name, columns: options.columns)
                try table.push(bytes, into: &bars)
                form = .table(table)
                return
            }
            form =
                first == 91 || first == 123
                ? .arrays(BarArrays(name: name, columns: options.columns))
                : .table(BarTable(name: name, columns: options.columns))
            try push(bytes)
        case .table(var table):
            form = .unknown
            try table.push(bytes, into: &bars)
            form = .table(table)
        case .arrays(var arrays):
            form = .unknown
            try arrays.push(bytes, into: &bars)
            form = .arrays(arrays)
        }
    }

    /// The series and what the file was like; nothing more can be pushed.
    package mutating func finish() throws(Failure) -> BarImport {
        switch form {
        case .unknown: break
        case .table(var table): try table.finish(into: &bars)
        case .arrays(let arrays): try arrays.finish()
        }
        let (list, interval, scale) = try bars.finish()
        let symbol = options.symbol ?? fileStem(name)
        let instrument = InstrumentSpec(
            id: InstrumentID(venue: VenueID("bars"), symbol: symbol), kind: .spot,
            tickSize: options.tickSize ?? ExactDecimal(mantissa: 1, scale: scale),
            lotSize: ExactDecimal(mantissa: 1, scale: 8), baseAsset: Asset(symbol),
            quoteAsset: Asset("quote"))
        return BarImport(
            series: BarSeries(
                instrument: instrument, intervalNanoseconds: interval, bars: list,
                gaps: bars.quality.missing),
            quality: bars.quality)
    }
}

/// The last component of a path up to its first dot.
private func fileStem(_ path: String) -> String {
    let file = path.split(separator: "/").last ?? ""
    let stem = file.split(separator: ".").first ?? file
    return stem.isEmpty ? "bars" : String(stem)
}

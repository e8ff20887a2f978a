// hftbacktest's event arrays in, event segments out.

public import MartletModel
public import MartletStore

/// Makes event segments out of hftbacktest `.npz` files.
public enum HftbacktestImport {
    /// What an import is asked to do.
    public struct Options: Sendable {
        /// The files, each continuing the one before.
        public var sources: [String]
        /// The instrument and its rules: prices and quantities become ticks and lots of it.
        public var instrument: InstrumentSpec
        /// Only rows received at or after this time.
        public var from: Timestamp?
        /// Only rows received before this time.
        public var to: Timestamp?
        /// Where the segment goes; its sidecar goes beside it.
        public var output: String

        /// An import of files in a row.
        public init(sources: [String], instrument: InstrumentSpec, output: String) {
            self.sources = sources
            self.instrument = instrument
            self.output = output
        }
    }

    /// What an import did.
    public struct Summary: Hashable, Sendable {
        /// The sidecar as written.
        public let sidecar: SegmentSidecar
        /// Rows read.
        public let rowsRead: Int64
        /// Rows of kinds that segments do not hold (custom events, market by order).
        public let otherKinds: Int64
    }

    /// Reads files in a row and writes a segment and its sidecar, both or none.
    ///
    /// Arrival order is that of the rows for the local side; rows for the exchange's side only
    /// repeat them and are counted. Rows for neither side count as rows for both. Files do not say
    /// where messages begin: rows of equal times and kind are taken for one.
    ///
    /// - Throws: ``FailureKind/integrity`` naming file and row, where rows are not in order of
    ///   their local times, have prices off tick, or are missing on one side.
    public static func run(_ options: Options) throws(Failure) -> Summary {
        guard !options.sources.isEmpty else {
            throw Failure(.usage, "name at least one file to import")
        }
        try SourceFile.refuse(overwriting: options.sources, with: options.output)
        var run = Run(options: options, writer: try SegmentWriter(path: options.output))
        for path in options.sources { try run.read(path) }
        return try run.finish()
    }
}

/// One import under way.
private struct Run: ~Copyable {
    private let options: HftbacktestImport.Options
    private let prices: StepValues
    private let quantities: StepValues
    private var writer: SegmentWriter
    private var sources: [SegmentSidecar.Source] = []
    private var rowsRead: Int64 = 0
    private var otherKinds: Int64 = 0
    private var lastLocalTime: Int64 = 0
    private var latestExchangeTime = Int64.min
    /// The row before, held back until it is known whether its message goes on.
    private var held: EventRow?

    init(options: HftbacktestImport.Options, writer: consuming SegmentWriter) {
        self.options = options
        self.writer = writer
        prices = StepValues(options.instrument.tickSize)
        quantities = StepValues(options.instrument.lotSize)
    }

    mutating func read(_ path: String) throws(Failure) {
        let reader = try NumpyArrayReader(path: path)
        try reader.require(HftbacktestRow.fields)
        let buffer = UnsafeMutableBufferPointer<HftbacktestRow>.allocate(capacity: 4096)
        defer { buffer.deallocate() }
        var number: Int64 = 0
        var exchangeOnly: Int64 = 0
        var localOnly: Int64 = 0
        while true {
            let count = try reader.read(into: UnsafeMutableRawBufferPointer(buffer))
            if count == 0 { break }
            for row in buffer[..<count] {
                let isExchange = row.event & HftbacktestRow.exchangeBit != 0
                let isLocal = row.event & HftbacktestRow.localBit != 0
                if isExchange, !isLocal { exchangeOnly += 1 }
                if isLocal, !isExchange { localOnly += 1 }
                if isLocal || !isExchange { try take(row, number, path) }
                number += 1
            }
        }
        rowsRead += number
        guard exchangeOnly == localOnly else {
            throw Failure(
                .integrity,
                "\(path): \(exchangeOnly) rows are for the exchange's side only and \(localOnly) "
                    + "for the local side only; these must be the same rows: convert the file again"
            )
        }
        var file = SegmentSidecar.Source(
            path: path, sha256: try Digest.sha256(file: path), bytes: 0, lines: number)
        file.bytes = try SourceFile.size(of: path)
        sources.append(file)
    }

    private mutating func take(
        _ row: HftbacktestRow, _ number: Int64, _ path: String
    ) throws(Failure) {
        func wrong(_ field: String, _ words: String) -> Failure {
            Failure(.integrity, "\(path): row \(number): field \(field): \(words)")
        }
        let times = 0...SegmentLayout.timeMax
        guard times.contains(row.exchangeTime) else {
            throw wrong("exch_ts", "\(row.exchangeTime) is not a time in ns since 1970")
        }
        guard times.contains(row.localTime) else {
            throw wrong("local_ts", "\(row.localTime) is not a time in ns since 1970")
        }
        guard row.localTime >= lastLocalTime else {
            throw wrong(
                "local_ts",
                "\(row.localTime) is before \(lastLocalTime) of an earlier row; sort "
                    + "the rows as hftbacktest's correct_event_order does")
        }
        lastLocalTime = row.localTime
        if let from = options.from, row.localTime < from.nanoseconds { return }
        if let to = options.to, row.localTime >= to.nanoseconds { return }
        guard var event = try converted(row, wrong) else {
            otherKinds += 1
            return
        }
        if event.exchangeTime < latestExchangeTime {
            event.flags.insert(.timeBackwards)
        } else {
            latestExchangeTime = event.exchangeTime
        }
        try hold(event)
    }

    /// The row of the segment, or nil for a kind that segments do not hold.
    private func converted(
        _ row: HftbacktestRow, _ wrong: (String, String) -> Failure
    ) throws(Failure) -> EventRow? {
        let side: Side? =
            row.event & HftbacktestRow.buyBit != 0
            ? .buy : row.event & HftbacktestRow.sellBit != 0 ? .sell : nil
        var flags: EventFlags = []
        let kind: EventKind
        switch row.event & 0xFF {
        case HftbacktestRow.depth: kind = .level
        case HftbacktestRow.clear: (kind, flags) = (.level, [.snapshot, .clear])
        case HftbacktestRow.snapshot: (kind, flags) = (.level, .snapshot)
        case HftbacktestRow.trade:
            kind = .trade
            if side == nil { flags = .aggressorUnknown }
        default: return nil
        }
        if kind == .level, side == nil {
            throw wrong("ev", "neither buy nor sell; convert the file again")
        }
        guard let price = prices.steps(row.price) else {
            throw wrong(
                "px",
                "\(row.price) is not a whole multiple of the tick size "
                    + "\(options.instrument.tickSize); give the instrument's own with --tick")
        }
        guard let quantity = quantities.steps(row.quantity), quantity >= 0 else {
            throw wrong(
                "qty",
                "\(row.quantity) is not a whole multiple, at least 0, of the lot size "
                    + "\(options.instrument.lotSize); give the instrument's own with --lot")
        }
        return EventRow(
            kind: kind, side: side, flags: flags, exchangeTime: row.exchangeTime,
            receiveTime: row.localTime, price: price, quantity: quantity, sequence: -1)
    }

    /// Writes the row before, its message ended where this one begins another.
    private mutating func hold(_ row: EventRow) throws(Failure) {
        var row = row
        guard var previous = held else {
            begin(&row)
            held = row
            return
        }
        let kinds: EventFlags = [.snapshot]
        let goesOn =
            row.kindCode == EventKind.level.rawValue && previous.kindCode == row.kindCode
            && row.exchangeTime == previous.exchangeTime
            && row.receiveTime == previous.receiveTime
            && row.flags.intersection(kinds) == previous.flags.intersection(kinds)
            && !(row.sideCode < previous.sideCode)
        if !goesOn {
            previous.flags.insert(.messageEnd)
            begin(&row)
        }
        try writer.append(previous)
        held = row
    }

    private func begin(_ row: inout EventRow) {
        row.flags.insert(.messageStart)
        if row.flags.contains(.snapshot) { row.flags.insert(.snapshotStart) }
    }

    consuming func finish() throws(Failure) -> HftbacktestImport.Summary {
        let (options, sources) = (options, sources)
        let (rowsRead, otherKinds) = (rowsRead, otherKinds)
        guard var last = held else {
            throw Failure(
                .integrity,
                "\(options.sources.joined(separator: ", ")): no depth and no trade rows"
                    + (options.from != nil || options.to != nil ? " in that time" : "")
                    + "; check the file")
        }
        last.flags.insert(.messageEnd)
        try writer.append(last)
        let sidecar = try writer.finish { (statistics) throws(Failure) in
            SegmentSidecar(
                instrument: options.instrument, statistics: statistics, sources: sources,
                martletVersion: MartletVersion.text)
        }
        return HftbacktestImport.Summary(
            sidecar: sidecar, rowsRead: rowsRead, otherKinds: otherKinds)
    }
}

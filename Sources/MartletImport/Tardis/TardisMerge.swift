// Merges the messages of several tables by their local times.

import MartletModel
import MartletStore

/// The next message over all tables, earliest local time first, ties in the order of the tables.
struct TardisMerge {
    /// Sidecar entries of the tables, in the order given.
    private(set) var sources: [SegmentSidecar.Source?]
    /// Where a table was cut.
    private(set) var cut: CutTail?
    /// Lines read.
    private(set) var lines: Int64 = 0
    /// Rows of other instruments.
    private(set) var otherRows: Int64 = 0
    /// Other instruments met.
    private(set) var others: [String] = []
    /// The exchange of the instrument.
    private(set) var exchange = ""

    private let options: TardisImport.Options
    private let selection: TardisSelection
    /// Tables not opened for good yet, by the time of their first message; earliest last.
    private var closed: [(time: Int64, index: Int)] = []
    private var open: [(index: Int, reader: TardisReader)] = []
    private var current: Int?

    /// Looks at the first message of every table.
    init(_ options: TardisImport.Options) throws(Failure) {
        self.options = options
        sources = options.sources.map { _ in nil }
        selection = TardisSelection(
            symbol: Array(options.symbol.uppercased().utf8), tickSize: options.tickSize,
            lotSize: options.lotSize, acceptsTorn: options.acceptsTorn)
        for (index, path) in options.sources.enumerated() {
            let reader = try TardisReader(path, selection)
            if try reader.next() {
                closed.append((reader.message.receiveTime, index))
            } else {
                try finish(reader, index)
            }
        }
        closed.sort { ($1.time, $1.index) < ($0.time, $0.index) }
    }

    /// The reader whose message is the next one, or nil at the end.
    mutating func next() throws(Failure) -> TardisReader? {
        if let position = current {
            let before = open[position].reader.message.receiveTime
            let (index, reader) = open[position]
            if try reader.next() {
                guard reader.message.receiveTime >= before else {
                    throw Failure(
                        .integrity,
                        "\(reader.path): line \(reader.message.line): local_timestamp "
                            + "\(reader.message.receiveTime / 1000) is before \(before / 1000) of "
                            + "an earlier line; sort the table by local_timestamp")
                }
            } else {
                try finish(reader, index)
                open.remove(at: position)
            }
            current = nil
        }
        while let first = closed.last, isDue(first) {
            closed.removeLast()
            let reader = try TardisReader(options.sources[first.index], selection)
            if try reader.next() { open.append((first.index, reader)) }
        }
        current = open.indices.min { key($0) < key($1) }
        return current.map { open[$0].reader }
    }

    private func key(_ position: Int) -> (Int64, Int) {
        (open[position].reader.message.receiveTime, open[position].index)
    }

    /// Whether a table has to be opened now: none that is open has an earlier message.
    private func isDue(_ table: (time: Int64, index: Int)) -> Bool {
        guard let earliest = open.indices.map(key).min(by: <) else { return true }
        return (table.time, table.index) < earliest
    }

    private mutating func finish(_ reader: TardisReader, _ index: Int) throws(Failure) {
        lines += reader.lines
        otherRows += reader.otherRows
        for name in reader.others where others.count < 20 && !others.contains(name) {
            others.append(name)
        }
        cut = reader.cut ?? cut
        if !reader.exchange.isEmpty {
            guard exchange.isEmpty || exchange == reader.exchange else {
                throw Failure(
                    .integrity,
                    "\(reader.path): field exchange: '\(reader.exchange)' where another table has "
                        + "'\(exchange)'; import one exchange at a time")
            }
            exchange = reader.exchange
        }
        sources[index] = SegmentSidecar.Source(
            path: reader.path, sha256: try Digest.sha256(file: reader.path),
            bytes: try SourceFile.size(of: reader.path), lines: reader.lines)
    }

    /// The failure for tables that do not have the instrument.
    var notFound: Failure {
        let place = options.sources.joined(separator: ", ")
        let there =
            others.isEmpty
            ? "no other instrument either; check the files, --from and --to"
            : "there are " + others.joined(separator: ", ") + "; choose one with --instrument"
        return Failure(.notFound, "\(place): no row of \(options.symbol); \(there)")
    }
}

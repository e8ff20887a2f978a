// Turns messages of Tardis tables into rows of an event segment.

import MartletModel
import MartletStore

/// Writes the rows of messages, flagged as those of captures are.
struct TardisSink: ~Copyable {
    private let options: TardisImport.Options
    private var writer: SegmentWriter
    private var latestExchangeTime = Int64.min
    private var messages = 0
    private var crossing = CrossingCounter()

    init(options: TardisImport.Options, writer: consuming SegmentWriter) {
        self.options = options
        self.writer = writer
    }

    /// Writes one message.
    mutating func take(_ reader: TardisReader) throws(Failure) {
        let message = reader.message
        if let from = options.from, message.receiveTime < from.nanoseconds { return }
        if let to = options.to, message.receiveTime >= to.nanoseconds { return }
        var flags: EventFlags = message.hasReceiveTimeOnly ? .receiveTimeOnly : []
        if !message.hasReceiveTimeOnly {
            if message.exchangeTime < latestExchangeTime {
                flags.insert(.timeBackwards)
                if options.isStrict {
                    throw Failure(
                        .integrity,
                        "\(reader.path): line \(message.line): field timestamp: "
                            + "\(message.exchangeTime / 1000) is before that of an earlier message; "
                            + "without --strict it is imported and flagged")
                }
            } else {
                latestExchangeTime = message.exchangeTime
            }
        }
        var row = EventRow(
            kind: .level, side: nil, flags: flags, exchangeTime: message.exchangeTime,
            receiveTime: message.receiveTime, price: 0, quantity: 0, sequence: message.sequence)
        switch message.content {
        case .trade: try writeTrade(message, &row)
        case .change: try writeChange(message, &row)
        case .snapshot: try writeSnapshot(message, &row)
        }
        messages += 1
    }

    private mutating func writeTrade(
        _ message: TardisMessage, _ row: inout EventRow
    ) throws(Failure) {
        guard let trade = message.asks.first else { return }
        row.kindCode = EventKind.trade.rawValue
        row.sideCode = message.aggressor?.rawValue ?? 0
        row.flags.formUnion([.messageStart, .messageEnd])
        if message.aggressor == nil { row.flags.insert(.aggressorUnknown) }
        row.price = trade.price
        row.quantity = trade.quantity
        try writer.append(row)
    }

    private mutating func writeChange(
        _ message: TardisMessage, _ row: inout EventRow
    ) throws(Failure) {
        let common = row.flags
        var left = message.bids.count + message.asks.count
        row.flags.insert(.messageStart)
        for (side, levels) in [(Side.buy, message.bids), (.sell, message.asks)] {
            row.sideCode = side.rawValue
            for level in levels {
                left -= 1
                if left == 0 { row.flags.insert(.messageEnd) }
                row.price = level.price
                row.quantity = level.quantity
                try writer.append(row)
                row.flags = common
                crossing.set(side == .buy, tick: level.price, lots: level.quantity)
            }
        }
        crossing.endMessage()
    }

    private mutating func writeSnapshot(
        _ message: TardisMessage, _ row: inout EventRow
    ) throws(Failure) {
        crossing.clear()
        row.flags.insert(.snapshot)
        let common = row.flags
        row.flags.formUnion([.messageStart, .snapshotStart])
        for (side, levels) in [(Side.buy, message.bids), (.sell, message.asks)] {
            row.sideCode = side.rawValue
            row.flags.insert(.clear)
            if levels.isEmpty {
                row.flags.insert(.emptySide)
                if side == .sell { row.flags.insert(.messageEnd) }
            }
            row.price = levels.last?.price ?? 0
            row.quantity = 0
            try writer.append(row)
            row.flags = common
            for (index, level) in levels.enumerated() {
                row.price = level.price
                row.quantity = level.quantity
                if side == .sell, index + 1 == levels.count { row.flags.insert(.messageEnd) }
                try writer.append(row)
                crossing.set(side == .buy, tick: level.price, lots: level.quantity)
            }
            row.flags = common
        }
        crossing.endMessage()
    }

    /// Completes the segment.
    consuming func finish(_ merge: TardisMerge) throws(Failure) -> TardisImport.Summary {
        let (options, crossed) = (options, crossing.crossed)
        guard messages > 0 else { throw merge.notFound }
        let spec = TardisInstrument.spec(options, exchange: merge.exchange)
        let sidecar = try writer.finish { (statistics) throws(Failure) in
            SegmentSidecar(
                instrument: spec, statistics: statistics, sources: merge.sources.compactMap(\.self),
                crossed: crossed, cut: merge.cut, martletVersion: MartletVersion.text)
        }
        return TardisImport.Summary(
            sidecar: sidecar, lines: merge.lines, otherRows: merge.otherRows)
    }
}

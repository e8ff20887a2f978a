// Which trades were delivered lately, so that none is delivered twice.

import MartletVenues

/// The latest trades of one instrument by venue id and time, bounded.
///
/// Overlapping connections, answers after a reconnect and the backlog that some venues send with
/// a subscription repeat trades; a trade without an id cannot be told from another.
public final class TradeMemory {
    /// How many trades are remembered.
    public static let capacity = 4_096
    /// How far the clocks of venue and machine may be apart; ns.
    static let clockErrorMax: Int64 = 10_000_000_000

    private var ring: [UInt64] = []
    private var next = 0
    private var known: Set<UInt64> = []
    /// The venue's time of the latest trade, ns; of trades from the future, when they arrived.
    public private(set) var lastTime: Int64?
    /// Trades seen before, since the start.
    public private(set) var duplicateCount: Int64 = 0
    private var lastIDBytes: [UInt8] = []

    /// Nothing is remembered.
    public init() {}

    /// The latest trade, where there was one.
    public var latest: TradeMark? { lastTime.map { TradeMark(time: $0, id: lastID) } }

    /// Whether the trade is new; it is remembered then.
    ///
    /// - Parameters:
    ///   - receiveTime: ns; a time far beyond it is a mistake of the venue.
    ///   - isAnswer: Whether it comes with an answer, and not in its turn.
    func isNew(_ trade: TradeEvent, receivedAt receiveTime: Int64, isAnswer: Bool) -> Bool {
        let (limit, overflow) = receiveTime.addingReportingOverflow(Self.clockErrorMax)
        let time = trade.header.exchangeTime.map {
            !overflow && $0 > limit ? receiveTime : $0
        }
        guard let id = trade.id else {
            if let time { lastTime = max(lastTime ?? time, time) }
            return true
        }
        let mark = Self.mark(id, trade.header.exchangeTime)
        guard known.insert(mark).inserted else {
            duplicateCount += 1
            return false
        }
        if ring.count < Self.capacity {
            ring.append(mark)
        } else {
            known.remove(ring[next])
            ring[next] = mark
            next = (next + 1) % Self.capacity
        }
        guard let time else { return true }
        if !isAnswer || time >= lastTime ?? time {
            lastTime = max(lastTime ?? time, time)
            lastIDBytes.removeAll(keepingCapacity: true)
            lastIDBytes.append(contentsOf: id.bytes)
        }
        return true
    }

    /// The venue's id of the latest trade (of an aggregate: its own id).
    public var lastID: String? {
        lastIDBytes.isEmpty ? nil : String(decoding: lastIDBytes, as: UTF8.self)
    }

    /// FNV-1a over the id and the time.
    private static func mark(_ id: TextSlice, _ time: Int64?) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in id.bytes { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        hash = (hash ^ UInt64(bitPattern: time ?? 0)) &* 0x0000_0100_0000_01b3
        return hash ^ (hash >> 29)
    }
}

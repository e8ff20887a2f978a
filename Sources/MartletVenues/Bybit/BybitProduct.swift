// Bybit's three markets, the keys of its messages, and what its topics are about.

public import MartletModel

/// One of the markets of Bybit that Martlet speaks with.
@frozen public enum BybitProduct: String, CaseIterable, Sendable {
    /// Spot.
    case spot
    /// Perpetuals and futures that settle in USDT or USDC.
    case linear
    /// Perpetuals and futures that settle in the coin.
    case inverse

    /// The venue's id.
    public var venue: VenueID {
        switch self {
        case .spot: .bybitSpot
        case .linear: .bybitLinear
        case .inverse: .bybitInverse
        }
    }

    /// The number of the product in notices of the system's status.
    var statusNumber: Int64 { self == .spot ? 2 : 1 }
}

/// Keys of at most seven letters as ``JSONScanner/member(isFirst:)`` gives them: the letters from
/// the lowest byte on, their count plus one on top.
enum BybitKey {
    static var topic: UInt64 { 0x0600_0063_6970_6F74 }
    static var type: UInt64 { 0x0500_0000_6570_7974 }
    static var ts: UInt64 { 0x0300_0000_0000_7374 }
    static var cts: UInt64 { 0x0400_0000_0073_7463 }
    static var data: UInt64 { 0x0500_0000_6174_6164 }
    static var op: UInt64 { 0x0300_0000_0000_706F }
    static var args: UInt64 { 0x0500_0000_7367_7261 }
    static var success: UInt64 { 0x0873_7365_6363_7573 }
    static var retMessageOfStream: UInt64 { 0x0867_736D_5F74_6572 }
    static var retCode: UInt64 { 0x0865_646F_4374_6572 }
    static var retMessage: UInt64 { 0x0700_6773_4D74_6572 }
    static var result: UInt64 { 0x0700_746C_7573_6572 }
    static var requestIDOfStream: UInt64 { 0x0700_6469_5F71_6572 }
    static var requestID: UInt64 { 0x0600_0064_4971_6572 }
    static var time: UInt64 { 0x0500_0000_656D_6974 }
    static var request: UInt64 { 0x0874_7365_7571_6572 }
    static var capitalT: UInt64 { 0x0200_0000_0000_0054 }
    static var s: UInt64 { 0x0200_0000_0000_0073 }
    static var capitalS: UInt64 { 0x0200_0000_0000_0053 }
    static var v: UInt64 { 0x0200_0000_0000_0076 }
    static var p: UInt64 { 0x0200_0000_0000_0070 }
    static var i: UInt64 { 0x0200_0000_0000_0069 }
    static var isBlock: UInt64 { 0x0300_0000_0000_5442 }
    static var b: UInt64 { 0x0200_0000_0000_0062 }
    static var a: UInt64 { 0x0200_0000_0000_0061 }
    static var u: UInt64 { 0x0200_0000_0000_0075 }
}

/// What a topic is about.
enum BybitTopic {
    /// `publicTrade.SYMBOL`.
    case trades
    /// `orderbook.DEPTH.SYMBOL`; the depth is nil for the full book.
    case book(depth: Int?)
    /// `tickers.SYMBOL`.
    case tickers
    /// `kline.INTERVAL.SYMBOL`.
    case bars
    /// `allLiquidation.SYMBOL`, and before 2025 `liquidation.SYMBOL`.
    case liquidations
    /// `execution`, `execution.fast` and their variants by category.
    case executions
    /// `order`.
    case orders
    /// `position`.
    case positions
    /// `wallet`.
    case wallet
    /// `system.status`.
    case systemStatus
    /// `trade.…`: either shape; what its entries hold decides.
    case tradesOfEitherShape
    /// Known, and nothing that has a place among the normalized events.
    case other
    /// Of a generation that is no longer sent.
    case dead(StaticString)
    /// None that the codec knows.
    case unknown

    /// What a topic's text says.
    init(_ topic: TextSlice) {
        let first = BybitTopic.part(of: topic, from: 0)
        switch true {
        case first.equals("publicTrade"): self = .trades
        case first.equals("orderbook"): self = BybitTopic.book(topic, from: first.count + 1)
        case first.equals("tickers"): self = .tickers
        case first.equals("kline"): self = .bars
        default: self = BybitTopic.rare(topic, first)
        }
    }

    /// The piece of a topic between two points.
    static func part(of topic: TextSlice, from place: Int) -> TextSlice {
        guard place <= topic.count else { return .empty(at: topic.start) }
        var end = place
        while end < topic.count, topic.start[end] != UInt8(ascii: ".") { end += 1 }
        return TextSlice(start: topic.start + place, count: end - place, hasEscapes: false)
    }

    /// What follows `count` points of a topic; nil where nothing does.
    static func rest(of topic: TextSlice, afterPoints count: Int) -> TextSlice? {
        var place = 0
        for _ in 0..<count { place += part(of: topic, from: place).count + 1 }
        guard place < topic.count else { return nil }
        return TextSlice(
            start: topic.start + place, count: topic.count - place, hasEscapes: topic.hasEscapes)
    }

    private static func book(_ topic: TextSlice, from place: Int) -> BybitTopic {
        let depth = part(of: topic, from: place)
        if depth.equals("full") { return .book(depth: nil) }
        if depth.equals("rpi") { return .book(depth: 50) }
        guard (1...5).contains(depth.count), depth.bytes.allSatisfy({ $0 &- 48 <= 9 }) else {
            return .unknown
        }
        return .book(depth: depth.bytes.reduce(0) { $0 * 10 + Int($1 - 48) })
    }

    private static func rare(_ topic: TextSlice, _ first: TextSlice) -> BybitTopic {
        switch first.string {
        case "allLiquidation", "liquidation": .liquidations
        case "execution": .executions
        case "order": .orders
        case "position": .positions
        case "wallet": .wallet
        case "system": .systemStatus
        case "priceLimit", "adlAlert", "insurance", "lt", "tickers_lt", "kline_lt", "greeks",
            "dcp", "spread":
            .other
        case "trade" where first.count < topic.count: .tradesOfEitherShape
        case "orderBookL2_25", "orderBookL2", "orderBook_200", "klineV2", "candle",
            "instrument_info", "stop_order":
            .dead("Bybit v2 stream, no longer sent; use the V5 streams")
        case "trade", "depth", "mergedDepth", "diffDepth", "realtimes", "bookTicker",
            "bookticker", "outboundAccountInfo":
            .dead("Bybit spot stream before V5, no longer sent; use the V5 streams")
        default: .unknown
        }
    }
}

/// How Bybit writes the length of a bar.
package enum BybitInterval {
    private static let table: [(word: String, interval: BarInterval)] = [
        ("1", BarInterval(seconds: 60)), ("3", BarInterval(seconds: 180)),
        ("5", BarInterval(seconds: 300)), ("15", BarInterval(seconds: 900)),
        ("30", BarInterval(seconds: 1800)), ("60", BarInterval(seconds: 3600)),
        ("120", BarInterval(seconds: 7200)), ("240", BarInterval(seconds: 14_400)),
        ("360", BarInterval(seconds: 21_600)), ("720", BarInterval(seconds: 43_200)),
        ("D", BarInterval(seconds: 86_400)), ("W", BarInterval(seconds: 604_800)),
        ("M", BarInterval(months: 1)),
    ]

    /// The interval of a word such as `15` or `D`; nil where Bybit has none.
    package static func interval(_ word: String) -> BarInterval? {
        table.first { $0.word == word }?.interval
    }

    /// Bybit's word for an interval; nil where it has none.
    package static func word(_ interval: BarInterval) -> String? {
        table.first { $0.interval == interval }?.word
    }
}

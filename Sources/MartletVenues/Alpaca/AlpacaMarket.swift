// Alpaca's two markets, the keys of its messages, and its words for states.

public import MartletModel

/// One of the markets whose data Alpaca hands on.
@frozen public enum AlpacaMarket: String, CaseIterable, Sendable {
    /// Stocks of the United States.
    case stocks
    /// Crypto, traded at Alpaca itself.
    case crypto

    /// The venue's id.
    public var venue: VenueID { self == .stocks ? .alpacaStocks : .alpacaCrypto }
}

/// Keys of one to three letters as ``JSONScanner/member(isFirst:)`` gives them.
enum AlpacaKey {
    @inline(__always)
    static func one(_ letter: Unicode.Scalar) -> UInt64 {
        UInt64(UInt8(ascii: letter)) | 2 << 56
    }
    @inline(__always)
    static func two(_ first: Unicode.Scalar, _ second: Unicode.Scalar) -> UInt64 {
        UInt64(UInt8(ascii: first)) | UInt64(UInt8(ascii: second)) << 8 | 3 << 56
    }
    static var kind: UInt64 { one("T") }
    static var symbol: UInt64 { one("S") }
    static var time: UInt64 { one("t") }
    static var takerSide: UInt64 { 0x0400_0000_0073_6B74 }
}

/// Alpaca's words in ours.
package enum AlpacaWords {
    /// The trading state of a status code. Codes of the two tapes differ, and do not clash.
    static func state(_ code: String) -> TradingState {
        switch code {
        case "H", "2", "P": .halted
        case "T", "3": .trading
        case "Q": .auction
        default: .unknown
        }
    }

    /// An order's state. Requests that are pending leave an order where it is, and so does a stop
    /// of trading (`suspended`) or the settlement of the day (`calculated`).
    static func status(_ word: String, isFilledInPart: Bool, isDay: Bool) -> OrderStatus {
        switch word {
        case "accepted", "pending_new", "accepted_for_bidding", "held", "pending_review": .sent
        case "new", "stopped": .working
        case "pending_cancel", "pending_replace", "suspended", "calculated":
            isFilledInPart ? .partiallyFilled : .working
        case "partially_filled": .partiallyFilled
        case "filled": .filled
        case "canceled", "replaced": .canceled
        case "expired": .expired
        case "done_for_day":
            isDay ? .expired : isFilledInPart ? .partiallyFilled : .working
        case "rejected": .rejected
        default: .unknown
        }
    }

    /// A length of bars such as `1Min`, `4H` or `1Month`; nil for anything else.
    package static func interval(_ word: String) -> BarInterval? {
        let digits = word.prefix { $0.isASCII && $0.isNumber }
        guard let count = Int64(digits), (1...10_000).contains(count) else { return nil }
        let unit = word.dropFirst(digits.count)
        if unit == "M" { return BarInterval(months: count) }
        switch unit.lowercased() {
        case "min", "t": return BarInterval(seconds: count * 60)
        case "hour", "h": return BarInterval(seconds: count * 3600)
        case "day", "d": return BarInterval(seconds: count * 86_400)
        case "week", "w": return BarInterval(seconds: count * 604_800)
        case "month": return BarInterval(months: count)
        default: return nil
        }
    }

    /// Alpaca's word for a length of bars; nil where it has none.
    static func word(_ interval: BarInterval) -> String? {
        if interval.months > 0 {
            return [1, 2, 3, 4, 6, 12].contains(interval.months) ? "\(interval.months)Month" : nil
        }
        switch interval.seconds {
        case 604_800: return "1Week"
        case 86_400: return "1Day"
        case let seconds where seconds % 3600 == 0 && seconds / 3600 < 24:
            return "\(seconds / 3600)Hour"
        case let seconds where seconds % 60 == 0 && seconds / 60 < 60:
            return "\(seconds / 60)Min"
        default: return nil
        }
    }
}

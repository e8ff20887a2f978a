// MEXC's words and numbers for lengths of bars, sides and states.

import MartletModel

extension BarInterval {
    /// MEXC's names of bar lengths, on both markets' streams and the futures REST interface.
    private static let mexcNames: [(StaticString, BarInterval)] = [
        ("Min1", BarInterval(seconds: 60)), ("Min5", BarInterval(seconds: 300)),
        ("Min15", BarInterval(seconds: 900)), ("Min30", BarInterval(seconds: 1800)),
        ("Min60", BarInterval(seconds: 3600)), ("Hour4", BarInterval(seconds: 14_400)),
        ("Hour8", BarInterval(seconds: 28_800)), ("Day1", BarInterval(seconds: 86_400)),
        ("Week1", BarInterval(seconds: 604_800)), ("Month1", BarInterval(months: 1)),
    ]

    /// The length by MEXC's name of it, or nil.
    static func mexc(_ name: TextSlice) -> BarInterval? {
        mexcNames.first { name.equals($0.0) }?.1
    }

    /// The length by MEXC's name of it, or nil.
    static func mexc(_ name: String) -> BarInterval? {
        mexcNames.first { $0.0.description == name }?.1
    }

    /// MEXC's name of the length, or nil where MEXC has no such bars.
    var mexcName: String? { BarInterval.mexcNames.first { $0.1 == self }?.0.description }

    /// The name on the spot REST interface, or nil where it has no such bars.
    var mexcSpotName: String? {
        switch text {
        case "1m", "5m", "15m", "30m", "4h", "1d", "1M": text
        case "1h": "60m"
        case "1w": "1W"
        default: nil
        }
    }

    /// The length by the spot REST interface's name of it, or nil.
    static func mexcSpot(_ name: String) -> BarInterval? {
        switch name {
        case "1W": BarInterval(seconds: 604_800)
        default: BarInterval(name)
        }
    }
}

extension Aggressor {
    /// MEXC's number for the side of a trade.
    static func mexc(_ number: Int64) -> Aggressor {
        switch number {
        case 1: .buy
        case 2: .sell
        default: .unknown
        }
    }
}

extension JSONScanner {
    /// Takes an array of levels, each `[price, quantity, …]` with numbers or texts, into the batch;
    /// `null` stands for none.
    mutating func bookLevels(
        into batch: inout EventBatch
    ) throws(DecodingFailure) -> LevelRange {
        let first = batch.levels.count
        if nextIs(UInt8(ascii: "n")) {
            try skipValue()
            return LevelRange(first: first, count: 0)
        }
        try take(UInt8(ascii: "["))
        if takeIf(UInt8(ascii: "]")) { return LevelRange(first: first, count: 0) }
        repeat {
            try take(UInt8(ascii: "["))
            let price = try amount(&batch)
            try take(UInt8(ascii: ","))
            let quantity = try amount(&batch)
            if !nextIs(UInt8(ascii: "]")) { try skipElements() }
            at += 1
            batch.levels.append(BookLevel(price: price, quantity: quantity))
        } while takeIf(UInt8(ascii: ","))
        try take(UInt8(ascii: "]"))
        return LevelRange(first: first, count: batch.levels.count - first)
    }
}

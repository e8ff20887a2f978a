// Preframed messages of one instrument: bodies made once, numbers and times patched in place.

import MartletNetwork

/// Frames of a USDT-M instrument as one route carries them: trades, or best bid and ask mixed with
/// book changes of 60 levels (15 of 100). The chain of update numbers goes on for ever; prices stay
/// around one mid, so books never cross.
struct LoadFrames {
    /// Where the numbers of a frame stand, so that they can be written anew.
    private struct Template {
        var bytes: [UInt8]
        /// Offsets of 13-digit milliseconds.
        var times: [Int]
        /// Offsets of 13-digit update numbers, and what to add to the running number.
        var updates: [(offset: Int, add: Int64)]
        /// Updates that the message covers.
        var span: Int64
    }

    private var templates: [Template] = []
    private var next = 0
    /// The last update number sent.
    private(set) var lastUpdate: Int64 = 1_000_000_000_000

    /// Frames for `symbol`; the mix is the same for each seed, the sizes differ.
    init(symbol: String, areTrades: Bool, seed: UInt64) {
        var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
        func draw(_ bound: UInt64) -> UInt64 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return state % bound
        }
        for index in 0..<200 {
            if areTrades {
                templates.append(Self.trade(symbol, draw(900) + 100))
            } else if (index * 37) % 100 < 85 {
                templates.append(Self.quote(symbol, draw(900) + 100))
            } else {
                let sizes = (0..<60).map { _ in draw(900) + 100 }
                templates.append(Self.depth(symbol, sizes))
            }
        }
    }

    private static let hole = "0000000000000"

    private static func template(_ stream: String, _ data: String, span: Int64) -> Template {
        let text = "{\"stream\":\"\(stream)\",\"data\":\(data)}"
        let payload = Array(text.utf8)
        let bytes = payload.withUnsafeBytes { WebSocket.serverFrame($0) }
        var result = Template(bytes: bytes, times: [], updates: [], span: span)
        let marks: [(String, Int64?)] = [
            ("\"E\":", nil), ("\"T\":", nil), ("\"U\":", 1), ("\"u\":", span), ("\"pu\":", 0),
        ]
        for (mark, add) in marks {
            guard let range = bytes.firstRange(of: Array((mark + hole).utf8)) else { continue }
            let offset = range.lowerBound + mark.utf8.count
            if let add {
                result.updates.append((offset, add))
            } else {
                result.times.append(offset)
            }
        }
        return result
    }

    private static func quote(_ symbol: String, _ size: UInt64) -> Template {
        template(
            "\(symbol.lowercased())@bookTicker",
            "{\"e\":\"bookTicker\",\"u\":\(hole),\"s\":\"\(symbol)\",\"b\":\"2400.00\","
                + "\"B\":\"\(size).500\",\"a\":\"2400.01\",\"A\":\"\(size).250\",\"T\":\(hole),"
                + "\"E\":\(hole)}", span: 1)
    }

    private static func trade(_ symbol: String, _ size: UInt64) -> Template {
        template(
            "\(symbol.lowercased())@aggTrade",
            "{\"e\":\"aggTrade\",\"E\":\(hole),\"T\":\(hole),\"s\":\"\(symbol)\",\"a\":\(size),"
                + "\"p\":\"2400.00\",\"q\":\"0.\(size)\",\"f\":1,\"l\":2,\"m\":\(size % 2 == 0)}",
            span: 0)
    }

    private static func depth(_ symbol: String, _ sizes: [UInt64]) -> Template {
        func levels(_ sizes: ArraySlice<UInt64>, from cents: Int, step: Int) -> String {
            sizes.enumerated().map { index, size in
                let price = cents + step * index * 3
                let fraction = price % 100
                return "[\"\(price / 100).\(fraction < 10 ? "0" : "")\(fraction)\",\"\(size).125\"]"
            }.joined(separator: ",")
        }
        return template(
            "\(symbol.lowercased())@depth@100ms",
            "{\"e\":\"depthUpdate\",\"E\":\(hole),\"T\":\(hole),\"s\":\"\(symbol)\","
                + "\"U\":\(hole),\"u\":\(hole),\"pu\":\(hole),"
                + "\"b\":[\(levels(sizes.prefix(30), from: 240_000, step: -1))],"
                + "\"a\":[\(levels(sizes.suffix(30), from: 240_001, step: 1))]}", span: 7)
    }

    /// Hands the next frame to `send`, its times set to `milliseconds` since the epoch.
    mutating func next(at milliseconds: Int64, _ send: (UnsafeRawBufferPointer) -> Void) {
        let index = next
        next = (next + 1) % templates.count
        for offset in templates[index].times {
            Self.write(milliseconds, into: &templates[index].bytes, at: offset)
        }
        for (offset, add) in templates[index].updates {
            // Quotes carry the number of the book's last change; only changes advance it.
            let isChange = templates[index].span == 7
            Self.write(
                lastUpdate + (isChange ? add : 0), into: &templates[index].bytes, at: offset)
        }
        if templates[index].span == 7 { lastUpdate += 7 }
        templates[index].bytes.withUnsafeBytes(send)
    }

    private static func write(_ number: Int64, into bytes: inout [UInt8], at offset: Int) {
        var rest = number
        for place in stride(from: offset + 12, through: offset, by: -1) {
            bytes[place] = UInt8(48 + rest % 10)
            rest /= 10
        }
    }
}

// Reads Hyperliquid's messages: pushes of all channels, answers of the info endpoint.

import MartletModel

/// Reads one message of Hyperliquid at a time, perpetual and spot. Prices and sizes stand in
/// quotes, times are milliseconds. Books are whole top books without numbers.
///
/// It keeps the names of a `meta` answer, because the contexts of all assets come without names.
public struct HyperliquidDecoder: VenueDecoder {
    /// The names of the main market's perpetuals by index; empty until a `meta` was read.
    var universe: [String] = []

    /// A decoder that has not read any list of assets.
    public init() {}

    /// Reads one message.
    public mutating func decode(
        _ frame: Frame, into batch: inout EventBatch
    ) throws(DecodingFailure) -> FrameKind {
        batch.removeAll()
        guard let first = frame.bytes.first else { throw DecodingFailure(.truncated, at: 0) }
        if first != UInt8(ascii: "{") || frame.request != nil {
            return try otherFrame(frame, first, &batch)
        }
        return try push(frame, &batch)
    }

    /// A message of the stream: `{"channel": …, "data": …}`.
    private mutating func push(
        _ frame: Frame, _ batch: inout EventBatch
    ) throws(DecodingFailure) -> FrameKind {
        var scanner = try JSONScanner(frame.bytes)
        let start = scanner
        var channel: TextSlice?
        var data: UnsafePointer<UInt8>?
        var kind: FrameKind?
        try scanner.take(UInt8(ascii: "{"))
        var isFirst = true
        scan: while true {
            let key = try scanner.member(isFirst: isFirst)
            isFirst = false
            switch key {
            case HyperliquidKeys.channel:
                guard channel == nil else { throw scanner.failure(.repeatedKey) }
                channel = try scanner.textOrScalar()
            case HyperliquidKeys.data:
                guard data == nil else { throw scanner.failure(.repeatedKey) }
                scanner.skipBlanks()
                data = scanner.at
                if let channel {
                    kind = try self.data(&scanner, of: channel, &batch)
                } else {
                    try scanner.skipValue()
                }
            case JSONScanner.endOfObject: break scan
            default: try scanner.skipValue()
            }
        }
        try scanner.finish()
        if let kind { return kind }
        guard let channel else { return try info(frame, &batch) }
        guard let data else {
            guard channel.equals("pong") else { throw start.failure(.missingField) }
            batch.control = .pong
            return .control
        }
        scanner.at = data
        return try self.data(&scanner, of: channel, &batch)
    }

    /// The greeting, which is no JSON, and answers to requests.
    @inline(never)
    private mutating func otherFrame(
        _ frame: Frame, _ first: UInt8, _ batch: inout EventBatch
    ) throws(DecodingFailure) -> FrameKind {
        if let start = frame.bytes.baseAddress {
            let text = TextSlice(start: start, count: frame.bytes.count, hasEscapes: false)
            if text.hasPrefix("Websocket connection established") {
                batch.control = .welcome
                return .control
            }
        }
        if frame.request == nil, first <= 0x20 { return try push(frame, &batch) }
        return try info(frame, &batch)
    }

    /// The data of a channel.
    @inline(__always)
    private mutating func data(
        _ scanner: inout JSONScanner, of channel: TextSlice, _ batch: inout EventBatch
    ) throws(DecodingFailure) -> FrameKind {
        if channel.equals("l2Book") {
            // A market that is not known has no book.
            guard !scanner.nextIs(UInt8(ascii: "n")) else {
                return try rare(&scanner, channel, &batch)
            }
            try book(&scanner, &batch)
        } else if channel.equals("trades") {
            try trades(&scanner, &batch)
        } else if channel.equals("bbo") {
            try quote(&scanner, &batch)
        } else {
            return try rare(&scanner, channel, &batch)
        }
        return .decoded
    }

    @inline(never)
    private mutating func rare(
        _ scanner: inout JSONScanner, _ channel: TextSlice, _ batch: inout EventBatch
    ) throws(DecodingFailure) -> FrameKind {
        if scanner.nextIs(UInt8(ascii: "n")), !channel.equals("pong") {
            try scanner.skipValue()
            return .decoded
        }
        switch channel.string {
        case "subscriptionResponse", "error", "post", "pong", "notification":
            return try control(&scanner, channel.string, &batch)
        case "candle":
            if scanner.nextIs(UInt8(ascii: "[")) {
                try candles(&scanner, &batch)
            } else {
                try candle(&scanner, &batch)
            }
        case "activeAssetCtx", "activeSpotAssetCtx": try activeContext(&scanner, &batch)
        case "fastAssetCtxs": try fastContexts(&scanner, &batch)
        case "spotAssetCtxs": try contexts(&scanner, names: [], &batch)
        case "assetCtxs", "allDexsAssetCtxs": try allContexts(&scanner, &batch)
        case "user", "userEvents", "userFills", "userTwapSliceFills", "userFundings", "openOrders",
            "clearinghouseState", "spotState", "allDexsClearinghouseState", "webData2",
            "userHistoricalOrders":
            return try userData(&scanner, channel.string, &batch)
        case "orderUpdates": try rows(&scanner, .orders, &batch)
        case "allMids", "activeAssetData", "webData3", "twapStates", "userTwapHistory",
            "userNonFundingLedgerUpdates", "outcomeMetaUpdates", "explorerBlock", "explorerTxs",
            "spotClearinghouseState":
            try scanner.skipValue()
        default:
            try scanner.skipValue()
            batch.note = "channel \(channel.string)"
            return .unknown
        }
        return .decoded
    }
}

/// The keys of frequent messages, packed as the scanner packs them.
enum HyperliquidKeys {
    @inline(__always) static var channel: UInt64 { 0x086c_656e_6e61_6863 }
    @inline(__always) static var data: UInt64 { 0x0500_0000_6174_6164 }
    @inline(__always) static var coin: UInt64 { 0x0500_0000_6e69_6f63 }
    @inline(__always) static var time: UInt64 { 0x0500_0000_656d_6974 }
    @inline(__always) static var levels: UInt64 { 0x0700_736c_6576_656c }
    @inline(__always) static var price: UInt64 { 0x0300_0000_0000_7870 }
    @inline(__always) static var size: UInt64 { 0x0300_0000_0000_7a73 }
    @inline(__always) static var side: UInt64 { 0x0500_0000_6564_6973 }
    @inline(__always) static var trade: UInt64 { 0x0400_0000_0064_6974 }
    @inline(__always) static var quote: UInt64 { 0x0400_0000_006f_6262 }
}

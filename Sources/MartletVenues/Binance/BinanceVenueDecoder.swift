// Binance's messages as normalized events: the frequent kinds read in one pass, the others by name.

import MartletModel

/// Reads Binance's messages into a batch: streams, user data, answers of REST and WebSocket API.
public struct BinanceVenueDecoder: VenueDecoder {
    private let decoder: BinanceDecoder

    /// A decoder of one of Binance's markets.
    public init(_ product: BinanceProduct) { decoder = BinanceDecoder(product) }

    /// Reads one message.
    public mutating func decode(
        _ frame: Frame, into batch: inout EventBatch
    ) throws(DecodingFailure) -> FrameKind {
        batch.removeAll()
        if frame.isBinary {
            batch.note = "binary frame (SBE)"
            return .unknown
        }
        let context = BinanceContext(decoder.product, frame, &batch)
        if context.isRetired {
            batch.note = "a REST interface that Binance has shut down"
            return .dead
        }
        if try BinanceBatchSink.read(frame.bytes, context, into: &batch) { return .decoded }
        batch.forgetEvents()
        return try BinanceReader(context).read(frame.bytes, into: &batch)
    }
}

/// What is known of a message besides its text.
struct BinanceContext {
    /// Which market.
    let product: BinanceProduct
    /// The request that it answers, if it is an answer.
    let request: RequestQuery?
    /// The instrument of the request, or the one to assume.
    let symbol: TextSlice?
    /// How many levels a side the request asked for.
    let limit: Int?

    init(_ product: BinanceProduct, _ frame: Frame, _ batch: inout EventBatch) {
        self.product = product
        guard let request = RequestQuery(frame.request) else {
            request = nil
            symbol = frame.instrument.map { batch.keep($0) }
            limit = nil
            return
        }
        self.request = request
        var name = request["symbol"] ?? request["pair"] ?? frame.instrument
        if request.pathHas("/continuousKlines"), let pair = request["pair"] {
            name = product.contract(of: pair, kind: request["contractType"])
        }
        symbol = name.map { batch.keep($0) }
        let isBook = request.pathHas("/depth") || request.pathHas("/rpiDepth")
        limit = isBook ? request["limit"].flatMap { Int($0) } : nil
    }

    /// Whether the request is of an interface that is gone: `wapi`, spot's `/api/v1`.
    var isRetired: Bool {
        guard let request else { return false }
        return request.pathHas("/wapi/") || request.pathHas("/api/v1/")
    }
}

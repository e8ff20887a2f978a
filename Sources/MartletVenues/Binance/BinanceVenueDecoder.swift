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
        let context = BinanceContext(decoder.product, frame)
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
    /// How many levels a side the request asked for.
    let limit: Int?
    private let instrument: String?

    init(_ product: BinanceProduct, _ frame: Frame) {
        self.product = product
        guard let request = frame.request.flatMap({ RequestQuery($0) }) else {
            request = nil
            instrument = frame.instrument
            limit = nil
            return
        }
        self.request = request
        if request.pathHas("/continuousKlines"), let pair = request["pair"] {
            instrument = product.contract(of: pair, kind: request["contractType"])
        } else {
            instrument = request["symbol"] ?? request["pair"] ?? frame.instrument
        }
        let isBook = request.pathHas("/depth") || request.pathHas("/rpiDepth")
        limit = isBook ? request["limit"].flatMap { Int($0) } : nil
    }

    /// The instrument of the request, or the one to assume; kept in the batch.
    func symbol(_ batch: inout EventBatch) -> TextSlice? { instrument.map { batch.keep($0) } }

    /// Whether the request is of an interface that is gone: `wapi`, spot's `/api/v1`.
    var isRetired: Bool {
        guard let request else { return false }
        return request.pathHas("/wapi/") || request.pathHas("/api/v1/")
    }
}

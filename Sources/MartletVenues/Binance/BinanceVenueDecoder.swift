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

/// What is known of a message besides its text; worked out where it is asked for, which is rare.
struct BinanceContext {
    /// Which market.
    let product: BinanceProduct
    private let frame: Frame

    init(_ product: BinanceProduct, _ frame: Frame) {
        self.product = product
        self.frame = frame
    }

    /// Whether it is an answer to a request.
    var isAnswer: Bool { frame.request != nil }

    /// The request that it answers, if it is an answer.
    var request: RequestQuery? { frame.request.flatMap { RequestQuery($0) } }

    /// How many levels a side the request asked for.
    var limit: Int? {
        guard let request, request.pathHas("/depth") || request.pathHas("/rpiDepth") else {
            return nil
        }
        return request["limit"].flatMap { Int($0) }
    }

    /// The instrument of the request, or the one to assume; kept in the batch.
    func symbol(_ batch: inout EventBatch) -> TextSlice? {
        instrument.map { batch.keep($0) }
    }

    private var instrument: String? {
        guard let request else { return frame.instrument }
        if request.pathHas("/continuousKlines"), let pair = request["pair"] {
            return product.contract(of: pair, kind: request["contractType"])
        }
        return request["symbol"] ?? request["pair"] ?? frame.instrument
    }

    /// Whether the request is of an interface that is gone: `wapi`, spot's `/api/v1`.
    var isRetired: Bool {
        guard isAnswer, let request else { return false }
        return request.pathHas("/wapi/") || request.pathHas("/api/v1/")
    }
}

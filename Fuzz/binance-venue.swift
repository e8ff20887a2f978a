// Fuzzes Binance's events: streams, user data and answers to requests, of each of the three markets.
// modules: MartletModel MartletBook MartletVenues

import MartletModel
import MartletVenues

/// Decodes each input as every request's answer, and writes what comes out as envelopes, which
/// reads every text and number that the batch points at.
private func decode(
    _ product: BinanceProduct, _ bytes: UnsafeBufferPointer<UInt8>, request: String?
) {
    var decoder = BinanceVenueDecoder(product)
    var batch = EventBatch()
    var writer = EnvelopeWriter()
    let context = EnvelopeContext(
        venue: product.venue, connection: 1, sequence: 1, receiveTime: 1)
    let frame = Frame(bytes, request: request)
    do throws(DecodingFailure) {
        if try decoder.decode(frame, into: &batch) == .decoded { writer.append(batch, context) }
    } catch {
        guard error.offset >= 0, error.offset <= bytes.count else {
            fatalError("a failure beyond the message")
        }
    }
    if writer.count == .max { print(batch.note ?? "") }
}

/// Called by libFuzzer with each input.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOne(_ data: UnsafePointer<UInt8>, _ count: Int) -> Int32 {
    let bytes = UnsafeBufferPointer(start: data, count: count)
    for product in BinanceProduct.allCases {
        for request in [
            nil, "GET /fapi/v1/klines?symbol=BTCUSDT&interval=1M",
            "GET /dapi/v1/markPriceKlines?symbol=A_PERP&interval=5m",
            "GET /api/v3/depth?symbol=A&limit=5",
        ] {
            decode(product, bytes, request: request)
        }
    }
    return 0
}

// Fuzzes the MEXC futures codec, as pushes and as answers to requests.
// modules: MartletModel MartletBook MartletVenues

import MartletModel
import MartletVenues

/// Decodes each input as every request's answer, and writes what comes out as envelopes, which
/// reads every text and number that the batch points at.
private func decode(
    _ bytes: UnsafeBufferPointer<UInt8>, isBinary: Bool, request: String?
) {
    var decoder = MEXCFuturesDecoder()
    var batch = EventBatch()
    var writer = EnvelopeWriter()
    let context = EnvelopeContext(
        venue: .mexcFutures, connection: 1, sequence: 1, receiveTime: 1)
    let frame = Frame(bytes, isBinary: isBinary, request: request)
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
    for request in [
        nil, "GET /api/v1/contract/kline/BTC_USDT?interval=Min5",
        "GET /api/v1/contract/depth_commits/BTC_USDT/5",
    ] {
        for isBinary in [false] { decode(bytes, isBinary: isBinary, request: request) }
    }
    return 0
}

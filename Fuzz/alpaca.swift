// Fuzzes the Alpaca codec: arrays of messages, MessagePack, and answers to requests.
// modules: MartletModel MartletBook MartletVenues

import MartletModel
import MartletVenues

/// Decodes each input as every request's answer, and writes what comes out as envelopes, which
/// reads every text and number that the batch points at.
private func decode(
    _ decoder: any VenueDecoder, _ bytes: UnsafeBufferPointer<UInt8>, request: String?,
    venue: VenueID
) {
    var decoder = decoder
    var batch = EventBatch()
    var writer = EnvelopeWriter()
    let context = EnvelopeContext(venue: venue, connection: 1, sequence: 1, receiveTime: 1)
    let frame = Frame(bytes, isBinary: bytes.first == 0, request: request)
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
        nil, "GET /v1beta3/crypto/us/bars?symbols=A/B&timeframe=4Hour", "GET /v2/stocks/snapshots",
    ] {
        decode(AlpacaDecoder(.crypto), bytes, request: request, venue: .alpacaCrypto)
    }
    return 0
}

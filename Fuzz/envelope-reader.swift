// Fuzzes the reader of envelopes: what it accepts is written and read again without a change.
// modules: MartletModel MartletBook MartletVenues

import MartletModel
import MartletVenues

/// The line that a line reads as, or nil where it is refused.
private func rewritten(_ line: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
    var batch = EventBatch()
    var writer = EnvelopeWriter(capacity: 1)
    do throws(EnvelopeFailure) {
        let envelope = try EnvelopeReader().read(line, into: &batch)
        if let record = envelope.record {
            writer.append(
                record, channel: envelope.channel, envelope.context,
                exchangeTime: envelope.recordTime)
        } else {
            guard batch.events.count == 1 else { fatalError("an envelope is one event") }
            writer.append(batch, envelope.context)
        }
    } catch {
        guard error.offset >= 0, error.offset <= line.count else {
            fatalError("a failure beyond the line")
        }
        return nil
    }
    return Array(writer.lines)
}

/// Called by libFuzzer with each input.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOne(_ data: UnsafePointer<UInt8>, _ count: Int) -> Int32 {
    guard let once = rewritten(UnsafeBufferPointer(start: data, count: count)) else { return 0 }
    guard let twice = once.withUnsafeBufferPointer({ rewritten($0) }) else {
        fatalError("what was written is refused")
    }
    guard once == twice else { fatalError("what was written reads as something else") }
    return 0
}

// Recorded messages as a live feed meets them: text in, events out, books kept; and as JSON lines.

import Glibc
import MartletFeed
import MartletModel
import MartletStore
import MartletVenues

extension Benchmark {
    /// One connection's pipeline over recorded messages: decoding, sequence checks, books.
    static let decode = Benchmark(
        name: "decode", meaning: "listening to a venue takes more of a core, a burst waits longer"
    ) { settings throws(Failure) in
        let adapter = try adapter(settings)
        let lines = try RecordedLines(path: settings.lines ?? settings.capture)
        let sink = CountingSink()
        func connect() -> FeedPipeline {
            FeedPipeline(
                connection: ConnectionID(venue: adapter.profile.venue, number: 1),
                adapter: adapter, memories: TradeMemories(), sink: sink)
        }
        var pipeline = connect()
        return try Measurement.take(
            "messages", events: lines.count, bytes: lines.byteCount, runs: settings.runs,
            prepare: { pipeline = connect() }
        ) { () throws(Failure) in
            sink.events = 0
            for index in 0..<lines.count {
                let line = lines[index]
                _ = pipeline.frame(
                    line.bytes, request: line.request, instrument: settings.symbol, at: line.time)
            }
            guard pipeline.errorCount == 0, pipeline.unknownCount == 0, pipeline.deadCount == 0
            else { throw Failure(.integrity, "these messages are not all of known kinds") }
            return UInt64(sink.events) &* 31 &+ UInt64(pipeline.counts.gaps)
        }
    }

    /// `feed decode` without reading the file: lines in, envelopes out to a null sink.
    static let envelopes = Benchmark(
        name: "envelopes", meaning: "recordings take longer to turn into JSON lines"
    ) { settings throws(Failure) in
        let adapter = try adapter(settings)
        let lines = try RecordedLines(path: settings.lines ?? settings.capture)
        let sink = open("/dev/null", O_WRONLY | O_CLOEXEC)
        guard sink >= 0 else { throw Failure(.failure, "/dev/null cannot be opened") }
        defer { close(sink) }
        return try Measurement.take(
            "lines", events: lines.count, bytes: lines.byteCount, runs: settings.runs
        ) { () throws(Failure) in
            var decoding = LineDecoding(adapter, instrument: settings.symbol)
            var written = 0
            for index in 0..<lines.count {
                _ = decoding.take(lines.whole(index))
                guard decoding.writer.count >= 1 << 18 else { continue }
                written += write(
                    sink, decoding.writer.lines.baseAddress, decoding.writer.count)
                decoding.writer.removeAll()
            }
            written += write(sink, decoding.writer.lines.baseAddress, decoding.writer.count)
            guard decoding.counts.areClean else {
                throw Failure(.integrity, "these messages are not all of known kinds")
            }
            return UInt64(written)
        }
    }

    private static func adapter(
        _ settings: BenchmarkSettings
    ) throws(Failure) -> any VenueAdapter {
        guard let venue = VenueID.named(settings.venue),
            let adapter = VenueCatalog.adapter(for: venue)
        else { throw Failure(.usage, "--venue '\(settings.venue)' is not known") }
        return adapter
    }
}

/// Counts what is delivered.
private final class CountingSink: FeedSink {
    var events = 0

    func event(_ index: Int, of batch: borrowing EventBatch, _ context: EnvelopeContext) {
        events += 1
    }
    func record(_ record: FeedRecord, channel: FeedChannel?, _ context: EnvelopeContext) {}
    func note(_ text: String) {}
}

/// All lines of a recording in one block of memory.
private final class RecordedLines {
    private struct Place {
        let start: Int
        let end: Int
        /// Where the payload begins.
        let payload: Int
        let time: Int64
        let request: String?
    }

    private let block: UnsafeMutablePointer<UInt8>
    private let places: [Place]
    /// Messages.
    var count: Int { places.count }
    /// Bytes of all messages.
    let byteCount: Int

    /// Reads all messages of a recording.
    init(path: String) throws(Failure) {
        var bytes: [UInt8] = []
        var places: [Place] = []
        var request: String?
        var payloads = 0
        let reader = try CaptureReader(path: path)
        while let line = try reader.next() {
            if line.content == .recorderFact {
                request = Self.request(in: String(decoding: line.payload, as: UTF8.self))
                continue
            }
            let start = bytes.count
            bytes.append(contentsOf: "\(line.receiveTime) ".utf8)
            let payload = bytes.count
            bytes.append(contentsOf: line.payload)
            payloads += line.payload.count
            places.append(
                Place(
                    start: start, end: bytes.count, payload: payload, time: line.receiveTime,
                    request: request))
            request = nil
        }
        block = .allocate(capacity: bytes.count + 64)
        block.initialize(repeating: 0, count: bytes.count + 64)
        block.update(from: bytes, count: bytes.count)
        self.places = places
        byteCount = payloads
    }

    deinit { block.deallocate() }

    /// What stands behind `"request": "`, up to the next quote.
    private static func request(in fact: String) -> String? {
        guard let place = fact.firstRange(of: "\"request\"") else { return nil }
        let rest = fact[place.upperBound...].split(separator: "\"", maxSplits: 2)
        return rest.count > 1 ? String(rest[1]) : nil
    }

    /// The payload of a line with its time and request.
    subscript(
        _ index: Int
    ) -> (bytes: UnsafeBufferPointer<UInt8>, time: Int64, request: String?) {
        let place = places[index]
        let bytes = UnsafeBufferPointer(
            start: block + place.payload, count: place.end - place.payload)
        return (bytes, place.time, place.request)
    }

    /// The whole line.
    func whole(_ index: Int) -> UnsafeRawBufferPointer {
        let place = places[index]
        return UnsafeRawBufferPointer(start: block + place.start, count: place.end - place.start)
    }
}

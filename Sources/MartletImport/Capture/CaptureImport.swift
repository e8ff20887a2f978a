// Captures of Binance markets in, event segments out: the command `data import`.

public import MartletModel
import MartletStore
import MartletVenues

/// Makes event segments out of captures.
public enum CaptureImport {
    /// Reads captures in a row and writes the segment of one instrument and its sidecar, both or
    /// none.
    ///
    /// Memory is bounded: at most about 45 MB for small gzip files, 25 MB for any longer capture.
    /// Decompression and writing each have a thread of their own beside the decoding.
    ///
    /// - Throws: ``FailureKind/notFound`` for a missing file or an instrument that the captures do
    ///   not have, ``FailureKind/usage`` where tick and lot are not known, and
    ///   ``FailureKind/integrity`` naming file, line and field for content that is wrong.
    public static func run(_ options: CaptureImportOptions) throws(Failure) -> ImportSummary {
        guard !options.sources.isEmpty else {
            throw Failure(.usage, "name at least one capture to import")
        }
        try SourceFile.refuse(overwriting: options.sources, with: options.output)
        let spec = try InstrumentRules(options).find()
        let sink = CaptureSink(
            spec: spec, product: options.product, isStrict: options.isStrict,
            writer: try SegmentWriter(path: options.output))
        var run = CaptureRun(options: options, sink: sink)
        for index in options.sources.indices { try run.read(source: index) }
        return try run.finish()
    }
}

/// One import under way.
private struct CaptureRun: ~Copyable {
    private let options: CaptureImportOptions
    private let decoder: BinanceDecoder
    private var sink: CaptureSink
    private var sources: [SegmentSidecar.Source] = []
    private var cut: CutTail?
    private var lines: Int64 = 0
    private var lastReceiveTime: Int64 = 0
    /// A bare snapshot that does not fit, named by its line; see ``CaptureSink/doubt``.
    private var doubtful: Failure?

    init(options: CaptureImportOptions, sink: consuming CaptureSink) {
        self.options = options
        self.sink = sink
        decoder = BinanceDecoder(options.product)
    }

    /// Reads one capture to its end.
    mutating func read(source index: Int) throws(Failure) {
        let path = options.sources[index]
        let reader = try CaptureReader(path: path, acceptTorn: options.acceptsTorn)
        let from = options.from?.nanoseconds ?? 0
        let to = options.to?.nanoseconds ?? .max
        let before = lines
        while let line = try reader.next() {
            lines += 1
            if lines & 32_767 == 0, let progress = options.progress {
                progress(
                    ImportProgress(
                        source: index, sourceCount: options.sources.count, lines: lines))
            }
            try checkReceiveTime(line, reader)
            if line.receiveTime < from || line.receiveTime >= to {
                sink.skipped.outsideTime += 1
                continue
            }
            guard line.content == .message else {
                sink.skipped.recorderFacts += 1
                sink.requested = Self.symbol(inResponse: line.payload)
                continue
            }
            try take(line, reader)
            sink.requested = nil
        }
        cut = reader.cut ?? cut
        sources.append(
            SegmentSidecar.Source(
                path: path, sha256: try Digest.sha256(file: path),
                bytes: try SourceFile.size(of: path), lines: lines - before))
    }

    /// The symbol in a fact `response {"request":"GET /…?symbol=ETHUSDT&…"}`.
    private static func symbol(inResponse fact: UnsafeRawBufferPointer) -> [UInt8]? {
        guard fact.starts(with: "response ".utf8) else { return nil }
        let text = String(decoding: fact, as: UTF8.self).utf8
        guard let start = text.firstRange(of: "symbol=".utf8)?.upperBound else { return nil }
        return Array(
            text[start...].prefix {
                $0 != UInt8(ascii: "&") && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: " ")
            })
    }

    @inline(__always)
    private mutating func take(
        _ line: CaptureLine, _ reader: borrowing CaptureReader
    ) throws(Failure) {
        let payload = line.payload
        if payload.first == UInt8(ascii: "b") {
            // Binary frames are noted as b64:…; JSON never starts like that.
            sink.skipped.binary += 1
            return
        }
        sink.receiveTime = line.receiveTime
        let bytes = UnsafeBufferPointer(
            start: payload.baseAddress?.assumingMemoryBound(to: UInt8.self), count: payload.count)
        do throws(DecodingFailure) {
            // A line that turns out to be damaged at its end must not leave the rows of its start.
            if options.acceptsTorn {
                var syntax = SyntaxSink()
                try decoder.decode(bytes, into: &syntax)
            }
            try decoder.decode(bytes, into: &sink)
        } catch {
            let words =
                FieldPlace.words(for: error, in: bytes)
                + "\(error) of the message; the capture is damaged there or the venue changed its "
                + "format: fetch it again, or cut the line out"
            guard error.code.looksLikeDamage else { throw reader.failure(words) }
            try reader.refuseLastLine(words)
            lines -= 1
            return
        }
        if let doubt = sink.doubt, doubtful == nil { doubtful = reader.failure(doubt.message) }
        guard let problem = sink.problem else { return }
        if problem == sink.doubt, let doubtful { throw doubtful }
        guard problem.kind == .integrity else { throw problem }
        throw reader.failure(problem.message)
    }

    @inline(__always)
    private mutating func checkReceiveTime(
        _ line: CaptureLine, _ reader: borrowing CaptureReader
    ) throws(Failure) {
        if line.receiveTime < lastReceiveTime {
            throw reader.failure(
                "the receive time \(line.receiveTime) is before \(lastReceiveTime) of the line "
                    + "before; put captures in the order of their times, and sort their lines")
        }
        if line.receiveTime > SegmentLayout.timeMax {
            throw reader.failure(
                "the receive time \(line.receiveTime) is beyond the year 2116; expected ns "
                    + "since 1970")
        }
        lastReceiveTime = line.receiveTime
    }

    /// Completes the segment.
    consuming func finish() throws(Failure) -> ImportSummary {
        let selection = sink.selection
        let skipped = sink.skipped
        let isFound = selection.hasMatched || selection.others.isEmpty
        let spec = sink.spec
        let doubtful = doubtful
        let crossed = sink.crossing.crossed
        let sources = sources
        let cut = cut
        let lines = lines
        let options = options
        let writer = sink.finish()
        if !isFound { throw selection.notFound(spec.id.symbol, in: options.sources, lines: lines) }
        if let doubtful { throw doubtful }
        let sidecar = try writer.finish { (statistics) throws(Failure) -> SegmentSidecar in
            guard statistics.rows > 0 else {
                throw selection.notFound(spec.id.symbol, in: options.sources, lines: lines)
            }
            return SegmentSidecar(
                instrument: spec, statistics: statistics, sources: sources, crossed: crossed,
                cut: cut,
                martletVersion: MartletVersion.text)
        }
        return ImportSummary(sidecar: sidecar, lines: lines, skipped: skipped)
    }
}

/// Takes nothing: for finding out whether a message can be read to its end.
private struct SyntaxSink: BinanceSink {
    mutating func startMessage() {}

    mutating func level(_ side: Side, price: DecimalText, quantity: DecimalText) {}
}

extension DecodingFailure.Code {
    /// Whether a message is no JSON, or has no number where one belongs, as in corrupt data; not
    /// so where a message can be read and says something else than expected.
    fileprivate var looksLikeDamage: Bool {
        switch self {
        case .truncated, .unexpectedByte, .badString, .badNumber, .badInteger, .badDecimal,
            .tooDeep, .trailingBytes, .repeatedKey:
            true
        case .badTime, .missingField, .badValue, .integerTooLarge: false
        }
    }
}

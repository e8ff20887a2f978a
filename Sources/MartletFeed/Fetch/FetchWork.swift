// One fetch under way: chunks of bars first, then the pictures of the moment.

import MartletModel
import MartletStore
import MartletVenues

/// The work of ``DataFetch``.
final class FetchWork {
    private let options: FetchOptions
    private let adapter: any VenueAdapter
    private let symbol: String
    private let folder: String
    private let session: RESTSession
    private let state: FetchState
    private let progress: (FetchProgress) -> Void
    private var manifest: FetchManifest
    private var summary = FetchSummary()
    private var decoder: any VenueDecoder
    private var batch = EventBatch()

    /// What both the work and its waiting look at.
    private final class FetchState {
        var done: Int64 = 0
        var total: Int64 = 0
    }

    init(
        _ options: FetchOptions, _ adapter: any VenueAdapter, _ symbol: String,
        _ progress: @escaping (FetchProgress) -> Void
    ) throws(Failure) {
        self.options = options
        self.adapter = adapter
        self.symbol = symbol
        self.progress = progress
        let state = FetchState()
        self.state = state
        let name = symbol.map { $0 == "/" || $0 == ":" ? "-" : $0 }
        folder = "\(options.root)/\(options.venue.name)/\(String(name))"
        try Folder.make(folder)
        manifest = try FetchManifest(folder: folder, venue: options.venue.name, symbol: symbol)
        session = try RESTSession(adapter, options.access) { reason in
            progress(FetchProgress(done: state.done, total: state.total, waiting: reason))
        } onTrouble: { words in
            progress(
                FetchProgress(
                    done: state.done, total: state.total, waiting: "sending again",
                    trouble: words))
        }
        decoder = adapter.makeDecoder()
        summary.folder = folder
        summary.symbol = symbol
    }

    func run() throws(Failure) -> FetchSummary {
        try fetchInstrument()
        if options.parts.contains("bars") { try fetchBars() }
        if options.parts.contains("book") {
            try fetchPicture("book", adapter.currentBook(of: symbol)) { event in
                if case .book = event { true } else { false }
            }
        }
        if options.parts.contains("trades") {
            try fetchPicture("trades", adapter.trades(of: symbol, afterID: nil, from: nil)) {
                if case .trade = $0 { true } else { false }
            }
        }
        return summary
    }

    // MARK: Bars

    private func fetchBars() throws(Failure) {
        let to = options.to ?? options.now
        let length = options.interval.nanoseconds ?? 31 * 86_400_000_000_000
        let from = max(0, options.from ?? max(0, to - 1000 * length))
        guard from < to else {
            throw Failure(.usage, "--from must be before --to")
        }
        let chunks = FetchChunk.covering(from, min(to, options.now), options.interval)
        let place = "bars/\(options.interval.text)"
        try Folder.make("\(folder)/\(place)")
        var collector = BarCollector(session, symbol: symbol, interval: options.interval)
        state.total = Int64(chunks.count)
        for chunk in chunks {
            let path = "\(place)/\(chunk.name).csv"
            if manifest.isIntact(path, in: folder) {
                summary.chunksKept += 1
            } else {
                try fetch(chunk, into: path, &collector)
                summary.chunksFetched += 1
            }
            state.done += 1
            progress(FetchProgress(done: state.done, total: state.total, waiting: nil))
        }
        try join(chunks.map { "\(place)/\($0.name).csv" }, from, to)
    }

    /// Fetches one chunk whole, as far as its bars are closed.
    private func fetch(
        _ chunk: FetchChunk, into path: String, _ collector: inout BarCollector
    ) throws(Failure) {
        let bars = try collector.collect(from: chunk.from, to: min(chunk.to, options.now))
        summary.requests += Int64(collector.answers.count)
        // A bar that is still open would look like a finished one in the file.
        let closed = bars.filter { $0.isClosed ?? ($0.closeTime <= options.now) }
        var text = Self.header
        for bar in closed { text += bar.line }
        try AtomicFile.write(text, to: "\(folder)/\(path)")
        try manifest.enter(
            .init(
                path: path, kind: "bars", timeframe: options.interval.text, from: chunk.from,
                to: min(chunk.to, options.now), isComplete: chunk.to + Self.late <= options.now,
                rows: Int64(closed.count), bytes: Int64(text.utf8.count),
                sha256: Self.digest(text), requests: collector.answers))
    }

    /// Venues may publish the last bar of a chunk this long after its end; ns.
    private static let late: Int64 = 60_000_000_000
    private static let header = "timestamp,open,high,low,close,volume\n"

    private static func digest(_ text: String) -> String {
        Array(text.utf8).withUnsafeBytes { Digest.sha256($0) }
    }

    /// One file of all wanted bars, for whoever reads bars.
    private func join(_ paths: [String], _ from: Int64, _ to: Int64) throws(Failure) {
        let name = "bars-\(options.interval.text).csv"
        let file = try AtomicFile(path: "\(folder)/\(name)")
        try file.write(Self.header)
        var block = ""
        for path in paths {
            let lines = try LineReader(path: "\(folder)/\(path)")
            _ = try lines.next()
            while let line = try lines.next() {
                let text = String(decoding: line, as: UTF8.self)
                let time = text.firstIndex(of: ",").flatMap { Timestamp(String(text[..<$0])) }
                guard let time else { throw lines.failure("begins with no time; remove the file") }
                guard time.nanoseconds >= from, time.nanoseconds < to else { continue }
                block += text + "\n"
                summary.bars += 1
                if block.utf8.count > 1 << 16 {
                    try file.write(block)
                    block = ""
                }
            }
        }
        try file.write(block)
        try file.commit()
        summary.barFile = "\(folder)/\(name)"
        try manifest.enter(
            .init(
                path: name, kind: "bars", timeframe: options.interval.text, from: from, to: to,
                isComplete: false, rows: summary.bars,
                bytes: try Folder.fileSize("\(folder)/\(name)"),
                sha256: try Digest.sha256(file: "\(folder)/\(name)"), requests: []))
    }

    // MARK: Pictures of the moment

    /// The rules of the instrument, which also show that the venue knows it.
    private func fetchInstrument() throws(Failure) {
        let path = "instrument.jsonl"
        if manifest.isIntact(path, in: folder) { return }
        var known: [String] = []
        for first in adapter.instruments(symbol) {
            var request = first
            for _ in 0..<100 {
                let answer = try ask(request)
                for index in 0..<batch.events.count {
                    guard case .instrument(let place) = batch.events[index] else { continue }
                    let name = batch.instruments[place].header.instrument?.string ?? ""
                    known.append(name)
                    guard name == symbol else { continue }
                    return try save(path, "instrument", [index], answer, isComplete: true)
                }
                guard let cursor = batch.nextPage?.string,
                    let next = adapter.nextPage(of: request, from: cursor)
                else { break }
                request = next
            }
        }
        guard !known.isEmpty else { return }
        let near = nearest(known)
        throw Failure(
            .notFound,
            "\(options.venue.name): has no instrument \(symbol)"
                + (near.isEmpty ? "" : "; there are " + near.joined(separator: ", ")))
    }

    private func nearest(_ known: [String]) -> [String] {
        let start = symbol.prefix(3).uppercased()
        return Array(known.filter { $0.uppercased().hasPrefix(start) }.sorted().prefix(5))
    }

    private func fetchPicture(
        _ kind: String, _ request: VenueRequest?, _ isWanted: (MarketEvent) -> Bool
    ) throws(Failure) {
        guard let request else {
            summary.missing.append(kind)
            return
        }
        let answer = try ask(request)
        var wanted: [Int] = []
        for index in 0..<batch.events.count where isWanted(batch.events[index]) {
            wanted.append(index)
            switch batch.events[index] {
            case .trade: summary.trades += 1
            case .book(let book): summary.levels += Int64(book.bids.count + book.asks.count)
            default: break
            }
        }
        let time = Timestamp(nanoseconds: answer.time).iso8601.prefix(19).filter {
            $0 != "-" && $0 != ":"
        }
        let path = "\(kind)-\(time)Z.jsonl"
        try save(path, kind, wanted, answer, isComplete: true)
        summary.files.append("\(folder)/\(path)")
    }

    private func ask(_ request: VenueRequest) throws(Failure) -> RESTAnswer {
        for _ in 0..<10 {
            let answer = try session.ask(request)
            summary.requests += 1
            let control = try session.decode(
                answer, with: &decoder, into: &batch, symbol: symbol)
            guard case .limited(_, let retryAfter)? = control else { return answer }
            session.limited(retryAfter: retryAfter.map { $0 / 1_000_000_000 })
        }
        throw Failure(.network, "\(session.venue): keeps refusing: too many requests")
    }

    /// Saves events of the answer just decoded, as envelopes.
    private func save(
        _ path: String, _ kind: String, _ events: [Int], _ answer: RESTAnswer, isComplete: Bool
    ) throws(Failure) {
        var writer = EnvelopeWriter()
        let context = EnvelopeContext(
            venue: options.venue, connection: 1, sequence: summary.requests,
            receiveTime: answer.time, instrument: symbol)
        for index in events { writer.append(event: index, of: batch, context) }
        let text = String(decoding: writer.lines, as: UTF8.self)
        try AtomicFile.write(text, to: "\(folder)/\(path)")
        try manifest.enter(
            .init(
                path: path, kind: kind, timeframe: nil, from: nil, to: nil,
                isComplete: isComplete, rows: Int64(events.count), bytes: Int64(text.utf8.count),
                sha256: Self.digest(text), requests: [answer.entry]))
    }
}

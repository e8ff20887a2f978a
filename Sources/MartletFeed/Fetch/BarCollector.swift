// The bars of a span of time from a venue whose pages may come in any order and of any size.

import MartletModel
import MartletVenues

/// One bar as the venue wrote it.
struct FetchedBar: Hashable {
    let openTime: Int64
    let closeTime: Int64
    let isClosed: Bool?
    /// open, high, low, close, volume.
    let texts: [String]

    /// A line of a CSV file, whose time is ISO 8601 in UTC.
    var line: String {
        Timestamp(nanoseconds: openTime).iso8601 + "," + texts.joined(separator: ",") + "\n"
    }
}

/// Collects bars.
///
/// What a page holds is not assumed: of the wanted span, the parts before the first and after the
/// last bar received are asked for again, until they bring nothing. So pages may begin at either
/// end, and be of any size.
struct BarCollector: ~Copyable {
    private let session: RESTSession
    private let symbol: String
    private let interval: BarInterval
    private var decoder: any VenueDecoder
    private var batch = EventBatch()
    /// What was asked.
    private(set) var answers: [FetchManifest.Request] = []

    /// Requests for one span at most; a venue that never comes to an end is refused.
    private static let requestsMax = 100_000

    init(_ session: RESTSession, symbol: String, interval: BarInterval) {
        self.session = session
        self.symbol = symbol
        self.interval = interval
        decoder = session.adapter.makeDecoder()
    }

    /// All bars that begin within a span, in order; empties ``answers``' predecessors.
    mutating func collect(from: Int64, to: Int64) throws(Failure) -> [FetchedBar] {
        answers = []
        var bars: [Int64: FetchedBar] = [:]
        var spans = [(from, to)]
        while let (first, end) = spans.popLast() {
            guard first < end else { continue }
            guard answers.count < Self.requestsMax else {
                throw Failure(
                    .network, "\(session.venue): gives no end of bars; try a shorter span")
            }
            let query = BarQuery(symbol: symbol, interval: interval, from: first, to: end)
            guard let request = session.adapter.bars(query) else {
                throw Failure(
                    .notFound,
                    "\(session.venue): has no bars of \(interval.text); choose another "
                        + "--timeframe")
            }
            let page = try page(request).filter { $0.openTime >= first && $0.openTime < end }
            guard let earliest = page.map(\.openTime).min(),
                let latest = page.map(\.openTime).max()
            else {
                // An empty answer speaks for what was really asked: some requests are cut to a page.
                spans.append((pageEnd(request, first, end), end))
                continue
            }
            for bar in page { bars[bar.openTime] = bar }
            let next = interval.end(ofBarFrom: latest) ?? end
            spans.append((max(next, latest + 1), end))
            // Bars of months and weeks begin where the venue's calendar says: less than one is none.
            if earliest - first >= shortest { spans.append((first, earliest)) }
        }
        return bars.values.sorted { $0.openTime < $1.openTime }
    }

    /// Where a request for a span that begins at `first` really ends: at the earliest end that gives
    /// the same request.
    private func pageEnd(_ request: VenueRequest, _ first: Int64, _ end: Int64) -> Int64 {
        var (least, most) = (Int64(1), (end - first) / shortest + 1)
        while least < most {
            let middle = (least + most) / 2
            let query = BarQuery(
                symbol: symbol, interval: interval, from: first,
                to: min(first + middle * shortest, end))
            if session.adapter.bars(query) == request { most = middle } else { least = middle + 1 }
        }
        return min(first + least * shortest, end)
    }

    private var shortest: Int64 { interval.nanoseconds ?? 28 * 86_400_000_000_000 }

    /// The bars of one answer and of the pages that belong to it.
    private mutating func page(_ first: VenueRequest) throws(Failure) -> [FetchedBar] {
        var bars: [FetchedBar] = []
        var request = first
        var attempts = 0
        while true {
            let answer = try session.ask(request)
            answers.append(answer.entry)
            let control = try decode(answer)
            if case .limited(_, let retryAfter)? = control {
                attempts += 1
                guard attempts < 10 else {
                    throw Failure(.network, "\(session.venue): keeps refusing: too many requests")
                }
                session.limited(retryAfter: retryAfter.map { $0 / 1_000_000_000 })
                continue
            }
            for index in 0..<batch.events.count {
                guard case .bar(let bar) = batch.events[index], bar.interval == interval,
                    let volume = bar.volume
                else { continue }
                bars.append(
                    FetchedBar(
                        openTime: bar.openTime, closeTime: bar.closeTime, isClosed: bar.isClosed,
                        texts: [bar.open, bar.high, bar.low, bar.close, volume].map(\.text)))
            }
            guard let cursor = batch.nextPage?.string,
                let next = session.adapter.nextPage(of: request, from: cursor),
                answers.count < Self.requestsMax
            else { return bars }
            request = next
        }
    }

    private mutating func decode(_ answer: RESTAnswer) throws(Failure) -> LinkControl? {
        try session.decode(answer, with: &decoder, into: &batch, symbol: symbol)
    }
}

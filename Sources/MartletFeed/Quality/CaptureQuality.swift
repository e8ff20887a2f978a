// How good a capture is, measured in one pass: holes, repeats, order, clock, crossing, silences.

import MartletBook
public import MartletModel
public import MartletStore
import MartletVenues

/// Measures a capture message by message, in bounded memory. The recorder's seals and
/// `data quality` use the same measure.
public final class CaptureQuality: CaptureAccount {
    /// At most this many books and other series are followed; of more, messages are counted only.
    static let seriesMax = 4096

    /// What was measured so far.
    public private(set) var report = CaptureReport()
    private let source: BookSource
    private var decoder: (any VenueDecoder)?
    private var batch = EventBatch()
    private var books: [UInt64: UpdateTrack] = [:]
    private var order: [UInt64: Int64] = [:]
    private var trades: [UInt64: RecentTrades] = [:]
    private var crossed: Set<UInt64> = []
    private var offsets = MedianSampler()
    private var lastTime: Int64?

    /// A measure of captures of this venue; of an unknown venue, messages are counted only.
    public init(venue: VenueID?) {
        let adapter = venue.flatMap { VenueCatalog.adapter(for: $0) }
        decoder = adapter?.makeDecoder()
        source = adapter?.profile.bookSource ?? .none
        report.venue = venue
    }

    /// A measure by a venue's id.
    static func account(venue: String?) -> any CaptureAccount {
        CaptureQuality(venue: venue.flatMap { VenueID.named($0) })
    }

    /// Takes a message.
    public func message(
        _ bytes: UnsafeRawBufferPointer, isBinary: Bool, request: String?, at time: Int64
    ) {
        report.messages += 1
        pass(until: time, isAnswer: request != nil)
        guard decoder != nil else { return }
        let frame = Frame(
            UnsafeBufferPointer(
                start: bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), count: bytes.count),
            isBinary: isBinary, request: request)
        do throws(DecodingFailure) {
            let kind = try decoder?.decode(frame, into: &batch)
            switch kind {
            case .decoded: break
            case .control, nil: report.control += 1
            case .unknown: report.unknown += 1
            case .dead: report.dead += 1
            }
            // Of parts of known kinds it counts what they say, as everywhere.
            if kind == .decoded || batch.events.count > 0 {
                judge(isAnswer: request != nil, time)
            }
        } catch {
            report.errors += 1
        }
    }

    /// Takes a fact.
    public func fact(_ word: String, _ json: UnsafeRawBufferPointer, at time: Int64) {
        switch word {
        case "gap":
            // Only the recorder's own holes: those of the stream show in its numbers.
            if let lost = RecorderLoss(json) { report.lost += lost.messages }
        case "disconnected": report.disconnects += 1
        case "connected":
            // What was silent meanwhile is counted from the last message to the next one.
            for track in books.values { track.restart() }
            crossed = []
            report.connects += 1
        default: break
        }
    }

    /// The members of the seal.
    public func summary() -> [(key: String, value: JSONText)] { finished.members }

    /// The report with everything that is known at the end only.
    public var finished: CaptureReport {
        var result = report
        result.offsetMedian = offsets.median
        if let lastTime {
            for channel in result.channels.keys { result.channels[channel]?.end(at: lastTime) }
        }
        return result
    }

    /// Time passes until the next message. An answer to a request ends no silence, and waiting for
    /// one is none.
    private func pass(until time: Int64, isAnswer: Bool) {
        if report.firstTime == nil { report.firstTime = time }
        if isAnswer {
            report.lastTime = max(report.lastTime ?? time, time)
            return
        }
        defer { lastTime = max(lastTime ?? time, time) }
        guard let before = lastTime else {
            report.lastTime = max(report.lastTime ?? time, time)
            return
        }
        guard time >= before else {
            report.receiveBackwards += 1
            return
        }
        let wait = time - before
        report.lastTime = max(report.lastTime ?? time, time)
        report.longestSilence = max(report.longestSilence, wait)
        if wait > ChannelTally.silenceMin {
            report.silences += 1
            report.silentNanoseconds += wait
        }
        if !crossed.isEmpty { report.crossedNanoseconds += wait }
    }

    private func judge(isAnswer: Bool, _ time: Int64) {
        var hasOffset = isAnswer
        for index in 0..<batch.events.count {
            let event = batch.events[index]
            let channel = event.channel
            report.channels[channel, default: ChannelTally()].event(
                ofMessage: report.messages, isAnswer: isAnswer, at: time)
            guard let header = Self.header(of: event) else { continue }
            if let exchange = header.exchangeTime, !isAnswer {
                if !hasOffset {
                    hasOffset = true
                    hear(time, exchange)
                }
                note(exchange, of: nameHash(header.instrument, UInt64(channelIndex(channel))))
            }
            switch event {
            case .book(let book): judge(book, time)
            case .trade(let trade):
                if isAnswer { break }
                judge(trade)
            default: break
            }
        }
    }

    private func hear(_ time: Int64, _ exchange: Int64) {
        let (offset, overflow) = time.subtractingReportingOverflow(exchange)
        guard !overflow else { return }
        report.offsetMin = min(report.offsetMin ?? offset, offset)
        offsets.add(offset)
    }

    /// Exchange times of one channel of one instrument run forwards.
    private func note(_ exchange: Int64, of series: UInt64) {
        guard let known = order[series] else {
            if order.count < Self.seriesMax { order[series] = exchange }
            return
        }
        if exchange < known {
            report.timesBackwards += 1
        } else {
            order[series] = exchange
        }
    }

    private func judge(_ trade: TradeEvent) {
        guard let id = trade.id else { return }
        let series = nameHash(trade.header.instrument, trade.firstID == nil ? 1 : 2)
        guard trades[series] != nil || trades.count < Self.seriesMax else { return }
        if trades[series, default: RecentTrades()].repeats(nameHash(id)) { report.repeats += 1 }
    }

    private func judge(_ book: BookEvent, _ time: Int64) {
        // Streams of different depth have numbers of their own.
        let depth = book.isTopOnly ? UInt64(truncatingIfNeeded: (book.depth ?? 0) + 1) : 0
        let key = nameHash(book.header.instrument, depth &* 0x9E37_79B9_7F4A_7C15)
        let track: UpdateTrack
        if let known = books[key] {
            track = known
        } else {
            guard books.count < Self.seriesMax else { return }
            track = UpdateTrack(source)
            books[key] = track
        }
        switch track.take(book, of: batch) {
        case .hole: report.gaps += 1
        case .repeated: report.repeats += 1
        case .follows: break
        }
        if track.isCrossed {
            report.crossed += 1
            crossed.insert(key)
        } else if !crossed.isEmpty {
            crossed.remove(key)
        }
    }

    /// The instrument that an event names.
    static func name(of event: MarketEvent) -> TextSlice? {
        switch event {
        case .funding(let event): event.header.instrument
        case .bar(let event): event.header.instrument
        case .status(let event): event.header.instrument
        default: header(of: event)?.instrument
        }
    }

    private static func header(of event: MarketEvent) -> EventHeader? {
        switch event {
        case .trade(let event): event.header
        case .book(let event): event.header
        case .quote(let event): event.header
        case .markPrice(let event), .indexPrice(let event): event.header
        case .openInterest(let event): event.header
        case .liquidation(let event): event.header
        default: nil
        }
    }

    private func channelIndex(_ channel: FeedChannel) -> Int {
        FeedChannel.allCases.firstIndex(of: channel) ?? 0
    }
}

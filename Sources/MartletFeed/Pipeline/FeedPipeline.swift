// From the frames of one connection to what may be relied on: decoding, books, silence, duplicates.

import MartletModel
public import MartletVenues

/// Reads the frames of one connection and delivers what may be relied on, in order of arrival.
///
/// The live feed and the replay of a recording run the same pipeline, so that both deliver the
/// same. Pure: no clock, no IO; receive times (ns since the epoch) are handed in. A sink must not
/// call the pipeline back.
///
/// The ordering rule: events leave in the order in which their messages were read; a record stands
/// before the events that it speaks of; of a book nothing leaves between its `gap` (or `stale`)
/// and its next `resync`, which is followed by the whole book.
public final class FeedPipeline {
    /// The connection that the frames come from.
    public let connection: ConnectionID
    /// What happened since the start.
    public private(set) var counts = FeedCounts()
    /// Frames that could not be read.
    public private(set) var errorCount: Int64 = 0
    /// Frames of an unknown kind.
    public private(set) var unknownCount: Int64 = 0
    /// Frames of a dead generation.
    public private(set) var deadCount: Int64 = 0
    /// Frames that hold nothing but control messages.
    public private(set) var controlCount: Int64 = 0
    /// The control messages of the latest frame that stand before the one that ``frame`` returned.
    public private(set) var earlierControls: [LinkControl] = []
    /// When the latest frame arrived; ns.
    public private(set) var lastFrame: Int64?
    /// Whether anything was delivered to be relied on: an event, or a live book.
    public private(set) var wasLive = false
    /// Whether what is read is delivered. A connection that takes over from another one keeps its
    /// books silently until then; trades are delivered by both, each once.
    public private(set) var isPrimary: Bool

    let venue: VenueID
    let books: BookSettings
    let cadences: [FeedChannel: Int64]
    let sink: any FeedSink
    let adapter: any VenueAdapter
    let memories: TradeMemories
    var decoder: any VenueDecoder
    var batch = EventBatch()
    var rendered = EventBatch()
    var table = InstrumentTable()
    var context: EnvelopeContext
    /// What the answer that is being read is to fill; nil for all other frames.
    var fill: TradeFill?
    /// The youngest trade that the latest answer brought anew; nil where it brought none.
    public internal(set) var filledTo: TradeMark?
    /// Whether the latest answer met the trades of the stream.
    public internal(set) var filledToEnd = false
    /// Whether only what was subscribed to is delivered.
    let isSelective: Bool
    /// Whether the frames are answers to questions that are repeated, in place of a stream.
    let isPolled: Bool
    /// Where the next page of the latest answer begins; nil at the last page.
    public private(set) var nextPage: String?
    /// Whether some book may wait for something; see ``wishes``.
    public internal(set) var mayWish = false
    /// How often the state of a book or channel changed, or a book went live.
    public internal(set) var changeCount: Int64 = 0
    private var notesLeft = 5

    /// A pipeline for the frames of one connection.
    public init(
        connection: ConnectionID, adapter: any VenueAdapter, memories: TradeMemories,
        sink: any FeedSink, isPrimary: Bool = true, isSelective: Bool = false,
        isPolled: Bool = false
    ) {
        self.connection = connection
        self.sink = sink
        self.adapter = adapter
        self.memories = memories
        self.isPrimary = isPrimary
        self.isSelective = isSelective || isPolled
        self.isPolled = isPolled
        let profile = adapter.profile
        venue = profile.venue
        cadences = profile.cadences
        decoder = adapter.makeDecoder()
        let checksum: (@Sendable (borrowing KeptBook) -> Int32)? =
            if profile.venue == .okx { { $0.okxChecksum } } else { nil }
        books = BookSettings(
            source: profile.bookSource, canRequest: adapter.bookSnapshot(of: "X") != nil,
            checksum: checksum)
        context = EnvelopeContext(
            venue: profile.venue, connection: Int64(connection.number), sequence: 0, receiveTime: 0)
    }

    /// Reads one frame.
    ///
    /// - Parameters:
    ///   - request: For the answer to a request: ``VenueRequest/summary``.
    ///   - instrument: The instrument to assume where nothing names one.
    /// - Returns: What a control message of the frame said, whatever else the frame holds; nil
    ///   where it holds none. Of several it is the last; see ``earlierControls``.
    public func frame(
        _ bytes: UnsafeBufferPointer<UInt8>, isBinary: Bool = false, request: String? = nil,
        instrument: String? = nil, at time: Int64
    ) -> LinkControl? {
        counts.frames += 1
        lastFrame = max(lastFrame ?? time, time)
        context.sequence += 1
        context.receiveTime = time
        context.instrument = instrument
        nextPage = nil
        if !earlierControls.isEmpty { earlierControls = [] }
        let frame = Frame(bytes, isBinary: isBinary, request: request, instrument: instrument)
        let kind: FrameKind
        do throws(DecodingFailure) {
            kind = try decoder.decode(frame, into: &batch)
        } catch {
            errorCount += 1
            noteFrame("cannot be read: \(error.description)")
            doubtBooks("unreadable", at: time)
            return nil
        }
        switch kind {
        case .decoded: break
        case .control: controlCount += 1
        case .unknown:
            unknownCount += 1
            noteFrame("is of an unknown kind: \(batch.note ?? "no name")")
        case .dead:
            deadCount += 1
            noteFrame("is of a generation that the venue no longer sends: \(batch.note ?? "")")
        }
        // Whatever the frame as a whole is called, its parts of known kinds are as good as any.
        if batch.tickers.count > 0, request == nil {
            deliverTickers(instrument, time)
        } else if batch.events.count > 0 || kind == .decoded {
            deliver(isAnswer: request != nil, instrument, time)
        }
        if request != nil { nextPage = batch.nextPage?.string }
        guard let control = batch.control else { return kind == .control ? .other : nil }
        if !batch.earlierControls.isEmpty {
            earlierControls = batch.earlierControls.map(LinkControl.init)
        }
        return LinkControl(control)
    }

    /// The connection now delivers; what it already knows of books is told first.
    public func makePrimary(at time: Int64) {
        guard !isPrimary else { return }
        isPrimary = true
        context.receiveTime = time
        for state in table.states {
            for channel in FeedChannel.allCases {
                if channel == .l2, let keeper = state.keeper, keeper.isLive {
                    wasLive = true
                    tellWhole(state, keeper, FeedTrouble("renewed"))
                } else if let known = state.states[channel.place] {
                    // What changed until now was told to nobody.
                    record(.state(known, reason: "renewed"), channel, state)
                }
            }
        }
    }

    /// The connection no longer delivers, apart from trades that the other one has not brought.
    public func makeSecondary() { isPrimary = false }

    /// A record of the connection as a whole.
    public func tell(_ record: FeedRecord, at time: Int64) {
        context.receiveTime = time
        context.instrument = nil
        if case .heartbeat = record {} else if case .gap = record { counts.gaps += 1 }
        sink.record(record, channel: nil, context)
    }

    private func noteFrame(_ words: String) {
        guard notesLeft > 0 else { return }
        notesLeft -= 1
        let last = notesLeft == 0 ? "; further ones are only counted" : ""
        sink.note("\(venue.name): message \(context.sequence) \(words)\(last)")
    }

    private func deliver(isAnswer: Bool, _ fallback: String?, _ time: Int64) {
        let count = batch.events.count
        if isAnswer { judgeFill(fallback) }
        // Lists of past trades come newest first from some venues.
        let isReversed = isAnswer && isNewestFirst
        for step in 0..<count {
            let index = isReversed ? count - 1 - step : step
            let (channel, name) = subject(batch.events[index])
            let state =
                isPolled
                ? asked(batch.events[index])
                : state(of: name, fallback ?? assumed(batch.events[index], name))
            guard isWanted(channel, state), !isPolled || state != nil else { continue }
            if !isAnswer || isPolled, let state { hear(channel, state, time) }
            switch batch.events[index] {
            case .book(let book):
                guard let state else {
                    counts.dropped += 1
                    continue
                }
                handle(book, at: index, state, isAnswer: isAnswer, time)
            case .trade(let trade):
                handle(trade, at: index, state, isAnswer: isAnswer, time)
            default:
                if isPrimary { send(index) }
            }
        }
    }

    /// The instrument of a book that names none, where the connection has only one book: recordings
    /// may hold the answer to a request without the request.
    private func assumed(_ event: MarketEvent, _ name: TextSlice?) -> String? {
        guard name == nil, case .book = event else { return nil }
        let kept = table.states.filter { $0.keeper != nil }
        return kept.count == 1 ? kept[0].name : nil
    }

    /// The instrument of an answer's event, where it is one of those that were asked for.
    private func asked(_ event: MarketEvent) -> InstrumentState? {
        guard let name = header(of: event)?.instrument else { return nil }
        return name.hasEscapes ? table.find(named: name.string) : table.find(name.bytes)
    }

    private var isNewestFirst: Bool {
        guard batch.events.count > 1,
            case .trade(let first) = batch.events[0],
            case .trade(let last) = batch.events[batch.events.count - 1],
            let from = first.header.exchangeTime, let to = last.header.exchangeTime
        else { return false }
        return from > to
    }

    func send(_ index: Int) {
        counts.events += 1
        wasLive = true
        sink.event(index, of: batch, context)
    }

    /// The state of an instrument, made where it is new; nil where there are too many.
    @inline(__always)
    func state(of name: TextSlice?, _ fallback: @autoclosure () -> String?) -> InstrumentState? {
        if let name, !name.hasEscapes, let known = table.find(name.bytes) { return known }
        return state(named: name?.string ?? fallback() ?? "")
    }

    func state(named name: String) -> InstrumentState? {
        table.find(named: name) ?? table.add(name, memories)
    }

    /// What an event speaks of: its channel and, where it names one, its instrument.
    @inline(__always)
    private func subject(_ event: MarketEvent) -> (FeedChannel, TextSlice?) {
        switch event {
        case .quote(let event): (.bbo, event.header.instrument)
        case .book(let event): (.l2, event.header.instrument)
        case .trade(let event): (.trades, event.header.instrument)
        default: (event.channel, header(of: event)?.instrument)
        }
    }

    func header(of event: MarketEvent) -> EventHeader? {
        switch event {
        case .trade(let event): event.header
        case .book(let event): event.header
        case .quote(let event): event.header
        case .bar(let event): event.header
        case .markPrice(let event), .indexPrice(let event): event.header
        case .funding(let event): event.header
        case .openInterest(let event): event.header
        case .liquidation(let event): event.header
        case .status(let event): event.header
        // The answer tells the rules of all instruments, whoever asked for one.
        case .instrument(let place) where isPolled: batch.instruments[place].header
        case .instrument, .fill, .order, .position, .balance: nil
        }
    }

    /// The instrument under which a topic is known here: an answer's are named one by one.
    func subject(of topic: Topic) -> String {
        isPolled ? topic.symbol : adapter.subject(of: topic)
    }

    func count(gap: Bool) { if gap { counts.gaps += 1 } else { counts.resyncs += 1 } }
    func countWithheld() { counts.dropped += 1 }
    func setLive() { wasLive = true }
    func countSent() { counts.events += 1 }
}

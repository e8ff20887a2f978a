// The market behind a server: views tell whole chains, recordings start, end and begin again.

import MartletModel
import MartletTesting
import MartletVenueServer
import MartletVenues
import Testing

@Suite("Served market")
struct MarketTests {
    private static let second: Int64 = 1_000_000_000

    private func synthetic(_ seed: UInt64, rate: Int64 = 200) -> VenueMarket {
        var options = SyntheticOptions(seed: seed, startTime: ServerBench.start)
        options.eventsPerSecond = rate
        options.minutesBefore = 5
        return VenueMarket(
            source: SyntheticMarket(
                instruments: BinanceProtocol(.spot).syntheticInstruments, options: options))
    }

    /// A book as a client keeps it: a snapshot and the changes after it.
    private struct ViewBook {
        var levels: [Side: [Int64: Int64]] = [:]
        var last: Int64
        var publication: Int64

        init(_ snapshot: BookChange) {
            last = snapshot.lastUpdate
            publication = snapshot.publication
            for (side, list) in [(Side.buy, snapshot.bids), (.sell, snapshot.asks)] {
                levels[side] = Dictionary(
                    list.map { ($0.tick, $0.lots) }, uniquingKeysWith: { $1 })
            }
        }

        mutating func take(_ change: BookChange) {
            for (side, list) in [(Side.buy, change.bids), (.sell, change.asks)] {
                for level in list {
                    levels[side]?[level.tick] = level.lots == 0 ? nil : level.lots
                }
            }
            last = change.lastUpdate
            publication = change.publication
        }
    }

    @Test("changes after a snapshot give the view's book, in an unbroken chain", arguments: 1...8)
    func views(seed: Int) throws {
        let market = synthetic(UInt64(seed))
        let instrument = market.instruments[0]
        let keys = [
            BookViewKey(depth: 5, cadence: 20_000_000), BookViewKey(depth: 1, cadence: 10_000_000),
            BookViewKey(depth: 40, cadence: 100_000_000), BookViewKey(depth: 0, cadence: 0),
            BookViewKey(depth: 0, cadence: 500_000_000),
        ]
        var updates: [MarketUpdate] = []
        try market.advance(to: market.time + Self.second, &updates)
        var books: [BookViewKey: ViewBook] = [:]
        for key in keys { books[key] = ViewBook(instrument.snapshot(of: key)) }
        for step in 1...20 {
            updates.removeAll()
            try market.advance(to: market.time + 333_000_000, &updates)
            if step == 20 { market.publishAll(&updates) }
            for update in updates where update.instrument == 0 {
                guard case .book(let key, let change) = update.content else { continue }
                let book = try #require(books[key])
                #expect(change.previousUpdate == book.last)
                #expect(change.publication == book.publication + 1)
                #expect(change.firstUpdate > change.previousUpdate)
                #expect(change.firstUpdate <= change.lastUpdate)
                #expect(!change.bids.isEmpty || !change.asks.isEmpty)
                books[key]?.take(change)
            }
        }
        for key in keys {
            for side in Side.allCases {
                let wanted = instrument.levels(side, depth: key.depth)
                let found = try #require(books[key]?.levels[side])
                #expect(found == Dictionary(wanted.map { ($0.tick, $0.lots) }) { $1 }, "\(key)")
            }
        }
    }

    @Test("trades, bars and books agree over seeds", arguments: 1...8)
    func consistency(seed: Int) throws {
        let market = synthetic(UInt64(seed))
        var updates: [MarketUpdate] = []
        try market.advance(to: market.time + 60 * Self.second, &updates)
        for instrument in market.instruments {
            #expect(!instrument.isCrossed)
            #expect(instrument.levels(.buy, depth: 0).count >= 20)
            let trades = updates.compactMap { update -> MarketTrade? in
                guard update.instrument == instrument.index, case .trade(let trade) = update.content
                else { return nil }
                return trade
            }
            #expect(trades.count > 100)
            for (before, after) in zip(trades, trades.dropFirst()) {
                #expect(after.aggregateID == before.aggregateID + 1)
                #expect(after.firstID == before.lastID + 1)
                #expect(after.time >= before.time)
            }
            let bars = instrument.bars.select(
                MarketBarQuery(BarInterval(seconds: 1), from: ServerBench.start, limit: 1000))
            #expect(bars.map(\.lots).reduce(0, +) == trades.map(\.lots).reduce(0, +))
            let firstMinute = ServerBench.start - ServerBench.start % (60 * Self.second)
            let minutes = instrument.bars.select(
                MarketBarQuery(BarInterval(seconds: 60), from: firstMinute, limit: 10))
            #expect(minutes.map(\.lots).reduce(0, +) == trades.map(\.lots).reduce(0, +))
            #expect(bars.allSatisfy { $0.low <= min($0.open, $0.close) })
            #expect(bars.allSatisfy { $0.high >= max($0.open, $0.close) })
        }
    }

    @Test(
        "numbers are written as the venue writes them",
        arguments: [
            (NumberStyle.fixed(2), 64_010, "6401.00"), (NumberStyle(0, 8), 64_010, "6401"),
            (NumberStyle(1, 5), 64_010, "6401.0"), (NumberStyle(0, 8), 64_011, "6401.1"),
            (NumberStyle.fixed(8), -5, "-0.50000000"), (NumberStyle.fixed(0), 5, "0.5"),
        ] as [(NumberStyle, Int64, String)])
    func styles(style: NumberStyle, steps: Int64, text: String) {
        #expect(style.text(steps, of: ExactDecimal(mantissa: 1, scale: 1)) == text)
    }

    @Test("weeks begin on Mondays, months on the first")
    func barStarts() {
        let time = Timestamp("2024-08-08T23:54:15Z")?.nanoseconds ?? 0
        for (interval, start) in [
            ("1w", "2024-08-05"), ("1M", "2024-08-01"), ("1d", "2024-08-08"),
            ("4h", "2024-08-08T20:00Z"), ("1s", "2024-08-08T23:54:15Z"),
        ] {
            let found = BarInterval(interval).map { MarketBars.start(of: $0, at: time) }
            #expect(found == Timestamp(start)?.nanoseconds, "\(interval)")
        }
    }

    /// An engine that plays the shipped recording.
    private func recorded(_ pace: VenuePace) throws -> VenueEngine {
        let venue = BinanceProtocol(.usdm)
        let capture = TestData.packageRoot + "/Tests/Data/ethusdt_usdm_300.gz"
        return try VenueEngine(venue, pace: pace, at: ServerInstant(now: 0, wall: 1)) {
            () throws(Failure) in
            VenueMarket(
                source: try CaptureMarket(
                    paths: [capture], venue: venue, adapter: BinanceAdapter(.usdm)))
        }
    }

    /// Opens a stream and lets `seconds` pass; what it heard, and whether it was closed.
    private func hear(
        _ engine: inout VenueEngine, number: Int, from start: Int64, seconds: Int64
    ) -> (texts: [String], isClosed: Bool) {
        var outputs: [VenueOutput] = []
        let request = ServerRequest("GET", "/public/ws/ethusdt@depth@0ms")
        _ = engine.open(
            request, number: number, at: ServerInstant(now: start, wall: start), &outputs)
        for step in 1...(seconds * 10) {
            let now = start + step * 100_000_000
            engine.advance(at: ServerInstant(now: now, wall: now), &outputs)
        }
        var texts: [String] = []
        for case .send(_, .text(let text), _) in outputs { texts.append(text) }
        let isClosed = outputs.contains {
            if case .close = $0 { true } else { false }
        }
        return (texts, isClosed)
    }

    @Test("a recording waits for a subscriber, and begins again when all have left")
    func rewinding() throws {
        var pace = VenuePace()
        pace.waitsForSubscriber = true
        var engine = try recorded(pace)
        var outputs: [VenueOutput] = []
        engine.advance(at: ServerInstant(now: 50 * Self.second, wall: 1), &outputs)
        let first = hear(&engine, number: 1, from: 60 * Self.second, seconds: 10)
        #expect(first.texts.count == 43)
        #expect(engine.market.isAtEnd && !first.isClosed)
        let late = hear(&engine, number: 2, from: 80 * Self.second, seconds: 5)
        #expect(late.texts.isEmpty, "the end stays as long as somebody is there")
        engine.closed(1, at: ServerInstant(now: 90 * Self.second, wall: 1), &outputs)
        engine.closed(2, at: ServerInstant(now: 90 * Self.second, wall: 1), &outputs)
        let again = hear(&engine, number: 3, from: 100 * Self.second, seconds: 10)
        #expect(again.texts == first.texts)
    }

    @Test("a loop closes connections and begins again; speed makes it shorter")
    func looping() throws {
        var pace = VenuePace()
        pace.loops = true
        pace.speed = 10
        var engine = try recorded(pace)
        let heard = hear(&engine, number: 1, from: 0, seconds: 2)
        #expect(heard.isClosed)
        #expect(!engine.market.isAtEnd || engine.market.time > 0)
    }
}

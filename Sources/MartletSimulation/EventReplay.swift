// Replays a recorded market once for any number of configurations side by side.

import MartletAccounting
public import MartletBook
import MartletEngine
public import MartletModel
import MartletStrategies

/// Why a replay could not go on.
public enum ReplayError: Error, Hashable, Sendable {
    /// An amount left the range of an account.
    case amountTooLarge
    /// A strategy kept acting within one moment.
    case endlessMoment(time: Int64)
    /// Somebody asked to stop.
    case interrupted
}

/// Drives engines over a recorded market, with a venue that matches their orders.
///
/// The market is replayed twice at the same time: as the venue made it and as it reached us. Own
/// orders do not move it, so both books are shared by all participants; orders, queues and accounts
/// are each participant's own.
///
/// Order of things at one instant: rows received, answers heard, rows made at the venue, requests
/// handled there. It runs in steps: the venue may run ahead of us up to the first moment at which
/// somebody could act (a timer, a message that a strategy wants, an answer to an order), because
/// nothing that we do later can reach it earlier. Rows between such moments cost two hot loops and
/// no calls, and the result is the same as taking every event one by one.
public struct EventReplay: ~Copyable {
    private var local: Feed<ArrivalOrder>
    private var venue: Feed<VenueOrderOfTime>
    private let markets: ReplayMarkets
    private let participants: [Participant]
    private let accounts: [VenueAccount]
    private let view: MarketView
    private let startTime: Int64
    private let endTime: Int64
    private let wantsMessages: Bool
    private var funding = FundingDue()
    private var trades: [UnsafePointer<EventRow>] = []

    /// Actions within one moment after which a strategy counts as endless.
    private static var actionsPerMomentMax: Int { 100_000 }

    /// A replay of `source` in `markets`; `makeParticipants` gets the local market that its engines
    /// are to see.
    public init(
        _ source: ReplaySource, markets: ReplayMarkets = ReplayMarkets(),
        makeParticipants: (MarketView) -> [Participant]
    ) {
        self.markets = markets
        local = Feed(source, market: markets.local)
        venue = Feed(source, market: markets.venue)
        view = MarketView(UnsafePointer(local.market))
        participants = makeParticipants(view)
        accounts = participants.map(\.venue)
        startTime = source.startTime
        endTime = source.endTime
        wantsMessages = participants.contains {
            !$0.engine.subscriptions.isDisjoint(with: [.book, .trades])
        }
        trades.reserveCapacity(1024)
    }

    /// The local book.
    public var bookHash: StableHash { local.market.pointee.book.stateHash() }
    /// The local market.
    public var market: MarketView { view }
    /// Rows passed by the local reader.
    public var rowsPassed: Int { local.rowsPassed }

    /// Runs from start to end. `progress` is called now and then with the rows passed; when it
    /// returns false the run stops.
    ///
    /// Timers due at the end or later do not fire: a run ends before the strategy acts on its last
    /// moment.
    public mutating func run(progress: (Int) -> Bool = { _ in true }) throws(ReplayError) {
        do {
            try start()
            var moment = Int64.min
            var actions = 0
            var steps = 0
            while true {
                let wake = nextWake()
                let reached = try advanceVenue(to: wake)
                try advanceLocal(to: reached)
                actions = reached == moment ? actions + 1 : 0
                moment = reached
                if actions > Self.actionsPerMomentMax {
                    throw ReplayError.endlessMoment(time: moment)
                }
                if reached == wake, isQuiet(upTo: wake) {
                    if try act(at: wake) { return }
                    steps += 1
                    if steps & 1023 == 0, !progress(local.rowsPassed) {
                        throw ReplayError.interrupted
                    }
                }
            }
        } catch is AccountingError {
            throw .amountTooLarge
        } catch let error as ReplayError {
            throw error
        } catch {
            preconditionFailure("a replay throws nothing else")
        }
    }

    private mutating func start() throws(AccountingError) {
        // Rows before the window only build the books.
        _ = venue.run(to: startTime - 1, accounts: [], watch: WatchRange(), funding: &funding)
        local.run(to: startTime - 1)
        for participant in participants {
            try participant.handle(.start, at: startTime, market: view)
        }
    }

    /// The next moment at which somebody acts: at the latest the end.
    private mutating func nextWake() -> Int64 {
        var wake = min(endTime, funding.time)
        if wantsMessages { wake = min(wake, local.nextTime()) }
        for participant in participants {
            wake = min(wake, participant.nextTimer)
            if let recorder = participant.recorder { wake = min(wake, recorder.nextSampleTime) }
        }
        return wake
    }

    private func firstAnswer() -> Int64 {
        var first = Int64.max
        for account in accounts { first = min(first, account.responses.nextTime) }
        return first
    }

    private func firstRequest() -> Int64 {
        var first = Int64.max
        for account in accounts { first = min(first, account.requests.nextTime) }
        return first
    }

    /// Whether no request or answer is left at or before `time`.
    private func isQuiet(upTo time: Int64) -> Bool {
        firstAnswer() > time && firstRequest() > time
    }

    /// Runs the venue to `wake`, or to the first answer that comes earlier; returns how far.
    private mutating func advanceVenue(to wake: Int64) throws(AccountingError) -> Int64 {
        var limit = min(wake, firstAnswer())
        while true {
            let request = firstRequest()
            var markout = Int64.max
            for participant in participants {
                if let recorder = participant.recorder {
                    markout = min(markout, recorder.nextMarkoutTime)
                }
            }
            let stop = min(limit, min(request, markout))
            var watch = WatchRange()
            for account in accounts { watch.include(account.watch) }
            if venue.run(to: stop, accounts: accounts, watch: watch, funding: &funding) {
                limit = min(limit, firstAnswer())
                continue
            }
            if markout <= stop {
                takeMarkouts(at: markout)
            } else if request <= limit {
                for account in accounts where account.requests.nextTime <= request {
                    account.handleRequests(
                        upTo: request, market: UnsafePointer(venue.market))
                }
                limit = min(limit, firstAnswer())
            } else {
                return limit
            }
        }
    }

    private func takeMarkouts(at time: Int64) {
        let book = venue.market.pointee.book.isTwoSided
        let bid = venue.market.pointee.book.bestBid
        let mid = book ? bid + venue.market.pointee.book.bestAsk : 0
        for participant in participants {
            guard let recorder = participant.recorder, recorder.nextMarkoutTime <= time else {
                continue
            }
            recorder.markout(at: time, doubleMid: mid)
        }
    }

    /// Applies what was received up to `reached`: rows first, then answers.
    private mutating func advanceLocal(to reached: Int64) throws(AccountingError) {
        if wantsMessages {
            while local.nextTime() <= reached {
                let time = local.nextTime()
                let changed = local.runMessage(trades: &trades)
                for participant in participants {
                    let wants = participant.engine.subscriptions
                    if wants.contains(.trades) {
                        for trade in trades {
                            try participant.handle(.trade(print(of: trade)), at: time, market: view)
                        }
                    }
                    if changed, wants.contains(.book) {
                        try participant.handle(.bookChanged, at: time, market: view)
                    }
                }
            }
        } else {
            local.run(to: reached)
        }
        for participant in participants {
            while participant.venue.responses.nextTime <= reached,
                let (_, event) = participant.venue.responses.popFirst()
            {
                try participant.hear(event, market: view)
            }
        }
    }

    private func print(of row: UnsafePointer<EventRow>) -> TradePrint {
        TradePrint(
            price: Price(ticks: row.pointee.price),
            quantity: Quantity(lots: row.pointee.quantity),
            aggressor: row.pointee.side, exchangeTime: row.pointee.exchangeTime)
    }

    /// Funding, samples and timers of one moment; true when it was the last one.
    private mutating func act(at time: Int64) throws(AccountingError) -> Bool {
        if funding.time <= time { try settleFunding(at: time) }
        for participant in participants {
            guard let recorder = participant.recorder, recorder.nextSampleTime <= time else {
                continue
            }
            recorder.sample(
                at: time, account: participant.engine.account, orders: participant.orderView,
                market: view)
        }
        if time >= endTime { return true }
        for participant in participants {
            while let timer = participant.popTimer(at: time) {
                try participant.handle(.timer(timer), at: time, market: view)
                if participant.nextTimer <= time { break }
            }
        }
        return false
    }

    private mutating func settleFunding(at time: Int64) throws(AccountingError) {
        funding.time = Int64.max
        let mark = venue.market.pointee.markPriceE8
        for participant in participants {
            try participant.handle(
                .funding(markPriceE8: mark, rateE12: funding.rateE12), at: time, market: view)
        }
    }
}

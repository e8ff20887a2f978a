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
/// nothing that we do later can reach it earlier; what happens at that moment itself is taken
/// strictly in order. Rows between such moments cost two hot loops and no calls, and the result is
/// the same as taking every event one by one.
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
    private let hasRecorders: Bool
    private var funding = FundingDue()
    private var trades: [UnsafePointer<EventRow>] = []
    private var moment = Int64.min
    private var actions = 0

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
        hasRecorders = participants.contains { $0.recorder != nil }
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
            var steps = 0
            while true {
                let wake = nextWake()
                let next = try advanceVenue(before: wake)
                try settle(at: next)
                if next == wake {
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
        while venue.run(
            to: startTime - 1, accounts: [], watch: WatchRange(), funding: &funding)
        {}
        local.run(to: startTime - 1)
        if funding.time < startTime { funding.settle() }
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
            if hasRecorders, let recorder = participant.recorder {
                wake = min(wake, recorder.nextSampleTime)
            }
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

    private func firstMarkout() -> Int64 {
        guard hasRecorders else { return Int64.max }
        var first = Int64.max
        for participant in participants {
            if let recorder = participant.recorder { first = min(first, recorder.nextMarkoutTime) }
        }
        return first
    }

    private func watch() -> WatchRange {
        var watch = WatchRange()
        for account in accounts { watch.include(account.watch) }
        return watch
    }

    /// Runs the venue up to, not into, the first moment at which something can happen on our side:
    /// `wake`, or an answer or payment that turns up on the way. Returns that moment.
    private mutating func advanceVenue(before wake: Int64) throws(AccountingError) -> Int64 {
        while true {
            let next = min(wake, min(firstAnswer(), funding.time))
            let request = firstRequest()
            let markout = firstMarkout()
            let stop = min(next - 1, min(request, markout))
            if venue.run(to: stop, accounts: accounts, watch: watch(), funding: &funding) {
                continue
            }
            if markout <= stop {
                takeMarkouts(at: markout)
            } else if request <= stop {
                handleRequests(upTo: request)
            } else {
                return next
            }
        }
    }

    private func handleRequests(upTo time: Int64) {
        for account in accounts where account.requests.nextTime <= time {
            account.handleRequests(upTo: time, market: UnsafePointer(venue.market))
        }
    }

    /// Everything that happens at one moment, until nothing is left: rows received, answers heard,
    /// one row of the venue after another (each with its answers), requests handled.
    private mutating func settle(at time: Int64) throws {
        var exchanges = 0
        while true {
            try advanceLocal(to: time)
            if venue.run(to: time, accounts: accounts, watch: watch(), funding: &funding) {
                continue
            }
            let markout = firstMarkout()
            if markout <= time { takeMarkouts(at: markout) }
            guard firstRequest() <= time else { break }
            handleRequests(upTo: time)
            exchanges += 1
            if exchanges > Self.actionsPerMomentMax { throw ReplayError.endlessMoment(time: time) }
        }
        actions = time == moment ? actions + 1 : 0
        moment = time
        if actions > Self.actionsPerMomentMax { throw ReplayError.endlessMoment(time: time) }
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
        while funding.time <= time { try settleFunding(at: time) }
        if hasRecorders { takeSamples(at: time) }
        if time >= endTime { return true }
        for participant in participants {
            while let timer = participant.popTimer(at: time) {
                try participant.handle(.timer(timer), at: time, market: view)
                if participant.nextTimer <= time { break }
            }
        }
        return false
    }

    private func takeSamples(at time: Int64) {
        for participant in participants {
            guard let recorder = participant.recorder, recorder.nextSampleTime <= time else {
                continue
            }
            recorder.sample(
                at: time, account: participant.engine.account, orders: participant.orderView,
                market: view)
        }
    }

    private mutating func settleFunding(at time: Int64) throws(AccountingError) {
        let rate = funding.rateE12
        funding.settle()
        let mark = venue.market.pointee.markPriceE8
        for participant in participants {
            let lots = participant.venue.positionLots
            if mark <= 0, lots != 0 { participant.recorder?.fundingUnpriced(at: time) }
            try participant.handle(
                .funding(positionLots: lots, markPriceE8: mark, rateE12: rate), at: time,
                market: view)
        }
    }
}

// What the simulated venue does with an order, by table: a book, some actions, the answers.

import MartletAccounting
import MartletBook
import MartletEngine
import MartletModel
@testable import MartletSimulation
import Testing

/// One thing that happens at the venue.
enum VenueAction: Sendable {
    case submit(Int64, OrderRequest)
    case cancel(Int64)
    case amend(Int64, tick: Int64, lots: Int64)
    case level(Side, Int64, Int64)
    case trade(Side, Int64, Int64)
    /// The position before, in lots.
    case position(Int64)
}

/// A venue with a book of bids 100 × 5, 99 × 8 and asks 102 × 4, 103 × 6, 105 × 10.
final class VenueBench {
    let account: VenueAccount
    private let market: UnsafeMutablePointer<MarketState>
    private var now: Int64 = 0

    init(_ settings: VenueSettings, isEmpty: Bool = false) {
        account = VenueAccount(settings: settings)
        market = .allocate(capacity: 1)
        market.initialize(to: MarketState(rules: .plain, status: .live))
        guard !isEmpty else { return }
        for (tick, lots): (Int64, Int64) in [(100, 5), (99, 8)] {
            market.pointee.book.setBid(tick: tick, lots: lots)
        }
        for (tick, lots): (Int64, Int64) in [(102, 4), (103, 6), (105, 10)] {
            market.pointee.book.setAsk(tick: tick, lots: lots)
        }
    }

    deinit {
        market.deinitialize(count: 1)
        market.deallocate()
    }

    /// Does it, and gives the answers in words.
    func perform(_ action: VenueAction) -> [String] {
        now += 100
        switch action {
        case .submit(let id, let request):
            account.send(.submit(ClientOrderID(id), request), at: now)
        case .cancel(let id): account.send(.cancel(ClientOrderID(id)), at: now)
        case .amend(let id, let tick, let lots):
            account.send(
                .amend(ClientOrderID(id), Price(ticks: tick), Quantity(lots: lots)), at: now)
        case .level(let side, let tick, let lots):
            let book = (market.pointee.book.bestBid, market.pointee.book.bestAsk)
            let previous = market.pointee.book.set(side, tick: tick, lots: lots)
            account.levelChanged(
                side, tick: tick, previous: previous, new: lots,
                oldBest: side == .buy ? book.0 : book.1, doubleMid: 0, time: now,
                market: UnsafePointer(market))
        case .trade(let side, let tick, let lots):
            account.traded(
                aggressor: side, tick: tick, lots: lots, time: now, market: UnsafePointer(market))
        case .position(let lots): account.positionLots = lots
        }
        account.handleRequests(upTo: now, market: UnsafePointer(market))
        var lines: [String] = []
        while let (_, event) = account.responses.popFirst() { lines.append(words(event)) }
        return lines
    }

    private func words(_ event: OrderEvent) -> String {
        let leaves = event.leaves.lots
        return switch event.kind {
        case .accepted: "\(event.id.number) accepted \(leaves)"
        case .filled(let price, let quantity, let isMaker):
            "\(event.id.number) \(isMaker ? "made" : "took") \(quantity.lots)@\(price.ticks) "
                + "leaves \(leaves)"
        case .ended(let status, let reason):
            "\(event.id.number) \(status.rawValue) \(reason.rawValue) \(leaves)"
        case .amended(let price, let quantity):
            "\(event.id.number) amended \(quantity.lots)@\(price.ticks) leaves \(leaves)"
        case .requestRefused(let reason): "\(event.id.number) refused \(reason.rawValue)"
        }
    }
}

@Suite("Venue scenarios")
struct VenueScenarioTests {
    struct Row: CustomTestStringConvertible, Sendable {
        let name: String
        var fill = FillModel.partial
        var conduct = VenueConduct.plain
        var amend = AmendRule.losesPriority
        var instrument = TestInstrument.linear
        var needsHolding = false
        /// Cash at the start in hundredths of the quote asset.
        var cash: Int64?
        var isEmpty = false
        let actions: [VenueAction]
        let answers: [String]
        var testDescription: String { name }

        var settings: VenueSettings {
            VenueSettings(
                instrument: instrument, queue: QueueModel(.risk), fillModel: fill, conduct: conduct,
                latency: LatencyModel(
                    entry: .init(submit: 0, cancel: 0, amend: 0),
                    response: .init(submit: 0, cancel: 0, amend: 0)), amendRule: amend,
                needsHolding: needsHolding, cash: cash.flatMap(Self.cash))
        }

        private static func cash(_ hundredths: Int64) -> VenueCash? {
            let account = TestInstrument.account(TestInstrument.make(.spot))
            return account.amount(ExactDecimal(mantissa: hundredths, scale: 2)).map {
                VenueCash(account: account, initial: $0)
            }
        }
    }

    @Test("the venue answers this", arguments: arriving + resting + rules + buying + changes)
    func scenario(row: Row) {
        let bench = VenueBench(row.settings, isEmpty: row.isEmpty)
        #expect(row.actions.flatMap { bench.perform($0) } == row.answers)
    }

    static func order(
        _ id: Int64, _ side: Side, _ lots: Int64, at tick: Int64,
        _ timeInForce: TimeInForce = .gtc, reduceOnly: Bool = false
    ) -> VenueAction {
        .submit(
            id,
            OrderRequest(
                side, Quantity(lots: lots), at: Price(ticks: tick), timeInForce: timeInForce,
                reduceOnly: reduceOnly))
    }

    static func market(_ id: Int64, _ side: Side, _ lots: Int64) -> VenueAction {
        .submit(id, OrderRequest(market: side, Quantity(lots: lots)))
    }

    static let arriving = [
        Row(
            name: "post-only that would cross ends without trading",
            actions: [order(1, .buy, 3, at: 102, .gtx), order(2, .sell, 3, at: 99, .gtx)],
            answers: ["1 canceled postOnlyWouldCross 3", "2 canceled postOnlyWouldCross 3"]),
        Row(
            name: "post-only inside the spread rests",
            actions: [order(1, .buy, 3, at: 101, .gtx)], answers: ["1 accepted 3"]),
        Row(
            name: "a limit order takes level by level at their prices",
            actions: [order(1, .buy, 7, at: 103)],
            answers: ["1 took 4@102 leaves 3", "1 took 3@103 leaves 0"]),
        Row(
            name: "what a limit order cannot take rests",
            actions: [order(1, .buy, 7, at: 102)],
            answers: ["1 took 4@102 leaves 3", "1 accepted 3"]),
        Row(
            name: "an IOC takes what is there and expires",
            actions: [order(1, .buy, 12, at: 104, .ioc), order(2, .buy, 1, at: 101, .ioc)],
            answers: [
                "1 took 4@102 leaves 8", "1 took 6@103 leaves 2", "1 expired immediateRest 2",
                "2 expired immediateRest 1",
            ]),
        Row(
            name: "a FOK that fits fills whole", actions: [order(1, .buy, 10, at: 103, .fok)],
            answers: ["1 took 4@102 leaves 6", "1 took 6@103 leaves 0"]),
        Row(
            name: "a FOK that does not fit expires and takes nothing",
            actions: [order(1, .buy, 11, at: 103, .fok), market(2, .buy, 4)],
            answers: ["1 expired notFillable 11", "2 took 4@102 leaves 0"]),
        Row(
            name: "a FOK away from the touch expires",
            actions: [order(1, .buy, 1, at: 101, .fok)], answers: ["1 expired notFillable 1"]),
        Row(
            name: "a market order takes the whole side, the rest expires",
            actions: [market(1, .sell, 20)],
            answers: [
                "1 took 5@100 leaves 15", "1 took 8@99 leaves 7", "1 expired immediateRest 7",
            ]),
        Row(
            name: "a market order against nothing expires", isEmpty: true,
            actions: [market(1, .buy, 2)], answers: ["1 expired immediateRest 2"]),
        Row(
            name: "without partial fills a crossing order fills whole at the touch",
            fill: .noPartial,
            actions: [order(1, .buy, 50, at: 102), market(2, .sell, 70)],
            answers: ["1 took 50@102 leaves 0", "2 took 70@100 leaves 0"]),
        Row(
            name: "our own taking uses up a level until it changes",
            actions: [
                market(1, .buy, 3), market(2, .buy, 3), .level(.sell, 102, 4), market(3, .buy, 2),
            ],
            answers: [
                "1 took 3@102 leaves 0", "2 took 1@102 leaves 2", "2 took 2@103 leaves 0",
                "3 took 2@102 leaves 0",
            ]),
        Row(
            name: "a FOK counts only what we have not used up",
            actions: [market(1, .buy, 4), order(2, .buy, 10, at: 103, .fok)],
            answers: ["1 took 4@102 leaves 0", "2 expired notFillable 10"]),
        Row(
            name: "upstream, takers leave the book as it is", conduct: .upstream,
            actions: [order(1, .buy, 4, at: 102, .ioc), order(2, .buy, 4, at: 102, .ioc)],
            answers: ["1 took 4@102 leaves 0", "2 took 4@102 leaves 0"]),
        Row(
            name: "upstream, the rest of a crossing GTC fills at its limit", conduct: .upstream,
            actions: [order(1, .buy, 15, at: 103)],
            answers: [
                "1 took 4@102 leaves 11", "1 took 6@103 leaves 5", "1 took 5@103 leaves 0",
            ]),
    ]

    static let resting = [
        Row(
            name: "trades at the price first take those before us",
            actions: [order(1, .buy, 3, at: 100), .trade(.sell, 100, 5), .trade(.sell, 100, 1)],
            answers: ["1 accepted 3", "1 made 1@100 leaves 2"]),
        Row(
            name: "a trade of the other side at our price does nothing",
            actions: [order(1, .buy, 3, at: 100), .trade(.buy, 100, 50)],
            answers: ["1 accepted 3"]),
        Row(
            name: "a trade beyond our price fills up to its own size",
            actions: [order(1, .sell, 50, at: 101), .trade(.buy, 102, 7)],
            answers: ["1 accepted 50", "1 made 7@101 leaves 43"]),
        Row(
            name: "a bid that reaches our price fills up to its size",
            actions: [order(1, .sell, 50, at: 101), .level(.buy, 101, 6)],
            answers: ["1 accepted 50", "1 made 6@101 leaves 44"]),
        Row(
            name: "an ask that reaches our price fills up to its size",
            actions: [order(1, .buy, 3, at: 101), .level(.sell, 101, 6)],
            answers: ["1 accepted 3", "1 made 3@101 leaves 0"]),
        Row(
            name: "upstream, going through takes everything", conduct: .upstream,
            actions: [
                order(1, .sell, 50, at: 101), .level(.buy, 101, 6), order(2, .sell, 50, at: 103),
                .trade(.buy, 104, 1),
            ],
            answers: [
                "1 accepted 50", "1 made 50@101 leaves 0", "2 accepted 50",
                "2 made 50@103 leaves 0",
            ]),
        Row(
            name: "without partial fills one lot past the front fills everything",
            fill: .noPartial,
            actions: [order(1, .buy, 50, at: 100), .trade(.sell, 100, 5), .trade(.sell, 100, 1)],
            answers: ["1 accepted 50", "1 made 50@100 leaves 0"]),
        Row(
            name: "a trade is shared by price, then by age",
            actions: [
                order(1, .sell, 3, at: 104), order(2, .sell, 3, at: 101),
                order(3, .sell, 3, at: 101), .trade(.buy, 105, 8),
            ],
            answers: [
                "1 accepted 3", "2 accepted 3", "3 accepted 3", "2 made 3@101 leaves 0",
                "3 made 3@101 leaves 0", "1 made 2@104 leaves 1",
            ]),
        Row(
            name: "orders at the trade's price share it by age",
            actions: [
                order(1, .buy, 3, at: 101), order(2, .buy, 3, at: 101), .trade(.sell, 101, 4),
            ],
            answers: [
                "1 accepted 3", "2 accepted 3", "1 made 3@101 leaves 0", "2 made 1@101 leaves 2",
            ]),
        Row(
            name: "a shrinking level moves us forward",
            actions: [order(1, .buy, 3, at: 100), .level(.buy, 100, 1), .trade(.sell, 100, 2)],
            answers: ["1 accepted 3", "1 made 1@100 leaves 2"]),
        Row(
            name: "a trade of nothing fills nothing",
            actions: [order(1, .buy, 3, at: 101), .trade(.sell, 100, 0)], answers: ["1 accepted 3"]),
    ]

    static let rules = [
        Row(
            name: "prices at or below 0 are refused", actions: [order(1, .buy, 3, at: 0)],
            answers: ["1 rejected priceRule 3"]),
        Row(
            name: "sizes below the smallest are refused",
            instrument: TestInstrument.make(.linear, minimumQuantity: 5),
            actions: [order(1, .buy, 4, at: 99), order(2, .buy, 5, at: 99)],
            answers: ["1 rejected quantityRule 4", "2 accepted 5"]),
        Row(
            name: "no order of nothing, upstream neither", conduct: .upstream,
            actions: [order(1, .buy, 0, at: 99)], answers: ["1 rejected quantityRule 0"]),
        Row(
            name: "the least notional is inclusive",
            instrument: TestInstrument.make(
                .linear, minimumNotional: ExactDecimal(mantissa: 505, scale: 2)),
            actions: [
                order(1, .buy, 49, at: 101), order(2, .buy, 50, at: 101), market(3, .sell, 50),
            ],
            answers: [
                "1 rejected minimumNotional 49", "2 accepted 50", "3 rejected minimumNotional 50",
            ]),
        Row(
            name: "reduce-only is exempt from the least notional",
            instrument: TestInstrument.make(.linear, minimumNotional: ExactDecimal.one),
            actions: [.position(2), order(1, .sell, 2, at: 104, reduceOnly: true)],
            answers: ["1 accepted 2"]),
        Row(
            name: "reduce-only is cut to the position",
            actions: [.position(5), order(1, .sell, 8, at: 104, reduceOnly: true)],
            answers: ["1 accepted 5"]),
        Row(
            name: "reduce-only without a position to reduce is refused",
            actions: [
                order(1, .sell, 8, at: 104, reduceOnly: true), .position(5),
                order(2, .buy, 1, at: 99, reduceOnly: true),
            ],
            answers: ["1 rejected reduceOnly 8", "2 rejected reduceOnly 1"]),
        Row(
            name: "reduce-only ends with the position that it reduces",
            actions: [
                .position(5), order(1, .sell, 3, at: 101),
                order(2, .sell, 5, at: 101, reduceOnly: true),
                .trade(.buy, 102, 10),
            ],
            answers: [
                "1 accepted 3", "2 accepted 5", "1 made 3@101 leaves 0", "2 made 2@101 leaves 3",
                "2 canceled reduceOnly 3",
            ]),
        Row(
            name: "spot sells what it holds and has not offered yet", needsHolding: true,
            actions: [.position(5), order(1, .sell, 3, at: 104), order(2, .sell, 3, at: 104)],
            answers: ["1 accepted 3", "2 rejected insufficientBalance 3"]),
    ]

    @Test("requests and answers stay in line, whatever their own latency")
    func answersStayInLine() {
        var row = Row(name: "", actions: [], answers: [])
        row.fill = .partial
        var settings = row.settings
        settings.latency = LatencyModel(
            entry: .init(submit: 50, cancel: 5, amend: 0),
            response: .init(submit: 40, cancel: 3, amend: 0))
        let bench = VenueBench(settings)
        bench.account.send(
            .submit(
                ClientOrderID(1), OrderRequest(.buy, Quantity(lots: 1), at: Price(ticks: 90))),
            at: 1000)
        bench.account.send(.cancel(ClientOrderID(1)), at: 1010)
        #expect(bench.account.requests.popFirst()?.time == 1050)
        #expect(bench.account.requests.popFirst()?.time == 1050)
        bench.account.send(.cancel(ClientOrderID(1)), at: 1010)
        #expect(bench.account.requests.nextTime == 1015, "an empty road is free")
    }
}

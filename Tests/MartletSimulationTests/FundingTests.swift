// Funding, snapshots and windows of a replay, seen from an account.

import MartletAccounting
import MartletBook
import MartletEngine
import MartletModel
@testable import MartletSimulation
import MartletStrategies
import Testing

/// Places one order at start, and nothing else.
struct OneOrder: Strategy {
    static let descriptor = StrategyDescriptor(
        name: "one-order", summary: "Places one order.", parameters: [])
    let request: OrderRequest

    init(parameters: ParameterValues, instrument: InstrumentSpec) throws(ParameterError) {
        self.init(OrderRequest(market: .buy, Quantity(lots: 1)))
    }
    init(_ request: OrderRequest) { self.request = request }

    mutating func start(_ context: inout StrategyContext) { context.submit(request) }
}

@Suite("Funding and orders over a replay")
struct FundingTests {
    private func run(
        _ rows: [[EventRow]], _ request: OrderRequest, conduct: FeedConduct = .plain,
        start: Int64 = 50, end: Int64 = 1000, response: Int64 = 0, log: RunLog? = nil
    ) throws -> Account {
        let market = RandomMarket(
            segments: [Array(rows.joined())], conduct: conduct,
            hasSnapshot: rows.joined().contains { $0.flags.contains(.snapshot) }, start: start,
            end: end)
        let none = LatencyModel.Constants(submit: 0, cancel: 0, amend: 0)
        let settings = VenueSettings(
            instrument: TestInstrument.linear, queue: QueueModel(.risk), fillModel: .partial,
            conduct: conduct == .plain ? .plain : .upstream,
            latency: LatencyModel(
                entry: none, response: .init(submit: response, cancel: 0, amend: 0)),
            amendRule: .losesPriority)
        var participant: Participant?
        var replay = EventReplay(market.source) { view in
            let made = Participant(
                engine: Engine(
                    strategy: OneOrder(request), market: view, account: TestInstrument.account(),
                    startTime: start), venue: VenueAccount(settings: settings), recorder: log)
            participant = made
            return [made]
        }
        try replay.run()
        return try #require(participant).engine.account
    }

    private func fact(_ kind: EventKind, at time: Int64, _ price: Int64, due: Int64 = 0)
        -> [EventRow]
    {
        [
            EventRow(
                kind: kind, side: nil, flags: [.messageStart, .messageEnd], exchangeTime: time,
                receiveTime: time, price: price, quantity: due, sequence: -1)
        ]
    }

    static let book = message(1, at: 10, bids: [(100, 500)], asks: [(101, 500)])
    static let buy = OrderRequest(market: .buy, Quantity(lots: 100))

    struct Row: CustomTestStringConvertible, Sendable {
        let name: String
        /// Mark prices in whole quote units and announced rates in units of 10⁻⁴, with times.
        let marks: [(at: Int64, price: Int64)]
        let announced: [(at: Int64, rate: Int64, due: Int64)]
        let paid: String
        var conduct = FeedConduct.plain
        var testDescription: String { name }
    }

    // The position is 1.00 throughout.
    static let table = [
        Row(
            name: "paid once when due, at the mark of that moment",
            marks: [(20, 10), (190, 20), (201, 90)], announced: [(20, 1, 200)], paid: "0.002"),
        Row(
            name: "the last rate before it is due counts",
            marks: [(20, 10)], announced: [(20, 1, 200), (150, 3, 200)], paid: "0.003"),
        Row(
            name: "the next announcement at the very moment does not replace the payment",
            marks: [(20, 10)], announced: [(20, 1, 200), (200, 7, 5000)], paid: "0.001"),
        Row(
            name: "two payments", marks: [(20, 10)],
            announced: [(20, 1, 200), (200, 7, 400)], paid: "0.008"),
        Row(
            name: "one due before the run, or after it, is not ours",
            marks: [(20, 10)], announced: [(20, 1, 40), (300, 1, 1001)], paid: "0"),
        Row(
            name: "due at the last moment is paid", marks: [(20, 10)],
            announced: [(20, 1, 1000)], paid: "0.001"),
        Row(
            name: "upstream knows no funding", marks: [(20, 10)], announced: [(20, 1, 200)],
            paid: "0", conduct: .upstream),
    ]

    @Test("funding is settled like this", arguments: table)
    func funding(row: Row) throws {
        var rows: [(Int64, [EventRow])] = [(10, Self.book)]
        for mark in row.marks {
            rows.append((mark.at, fact(.markPrice, at: mark.at, mark.price * 100_000_000)))
        }
        for one in row.announced {
            rows.append((one.at, fact(.funding, at: one.at, one.rate * 100_000_000, due: one.due)))
        }
        let ordered = rows.enumerated().sorted {
            ($0.element.0, $0.offset) < ($1.element.0, $1.offset)
        }
        let account = try run(
            ordered.map(\.element.1), Self.buy, conduct: row.conduct)
        #expect(account.positionLots == 100)
        #expect(account.money(account.fundingPaid).text == row.paid)
    }

    @Test("funding counts the venue's position, and says when it has no mark price")
    func venuePosition() throws {
        let announced = fact(.funding, at: 20, 100_000_000, due: 200)
        let mark = fact(.markPrice, at: 20, 10 * 100_000_000)
        let log = RunLog()
        let late = try run([Self.book, mark, announced], Self.buy, response: 400, log: log)
        #expect(late.money(late.fundingPaid).text == "0.001", "bought, but not heard of yet")
        #expect(!log.lines.contains { $0.contains("funding") })
        let blind = try run([Self.book, announced], Self.buy, log: log)
        #expect(blind.fundingPaid == 0)
        #expect(log.lines.contains("200 funding without a mark price"))
    }

    @Test("a snapshot in the middle of a run moves a resting order forward")
    func snapshotAndQueue() throws {
        func trade(_ lots: Int64, at time: Int64) -> [EventRow] {
            [
                EventRow(
                    kind: .trade, side: .sell, flags: [.messageStart, .messageEnd],
                    exchangeTime: time, receiveTime: time, price: 100, quantity: lots, sequence: 1)
            ]
        }
        let first = message(1, at: 10, bids: [(100, 50)], asks: [(102, 5)], isSnapshot: true)
        let second = message(2, at: 100, bids: [(100, 2)], asks: [(102, 5)], isSnapshot: true)
        let order = OrderRequest(.buy, Quantity(lots: 3), at: Price(ticks: 100))
        // Two before us after the snapshot: of a trade of 3, one is ours.
        #expect(try run([first, second, trade(3, at: 200)], order).positionLots == 1)
        #expect(try run([first, trade(3, at: 200)], order).positionLots == 0)
        // One that ends above our price says nothing of the queue there; one that goes on does.
        let shallow = message(2, at: 100, bids: [(101, 2)], asks: [(102, 5)], isSnapshot: true)
        #expect(try run([first, shallow, trade(3, at: 200)], order).positionLots == 0)
        let deep = message(
            2, at: 100, bids: [(101, 2), (99, 1)], asks: [(102, 5)], isSnapshot: true)
        #expect(try run([first, deep, trade(3, at: 200)], order).positionLots == 3)
        // A snapshot that shows the market beyond our price fills what it offers there.
        let beyond = message(2, at: 100, bids: [(90, 2)], asks: [(99, 2)], isSnapshot: true)
        #expect(try run([first, beyond], order).positionLots == 2)
    }

    @Test("rows before the window only build the books, rows after it do not exist")
    func window() throws {
        let rows = [Self.book, message(2, at: 100, asks: [(101, 0), (105, 9)])]
        let inside = try run(rows, Self.buy, start: 99, end: 99)
        #expect(inside.money(inside.cash).text == "-10.1")
        let later = try run(
            rows, OrderRequest(market: .buy, Quantity(lots: 9)), start: 101, end: 101)
        #expect(later.money(later.cash).text == "-0.945")
        let before = try run(rows, Self.buy, start: 5, end: 9)
        #expect(before.positionLots == 0)
    }
}

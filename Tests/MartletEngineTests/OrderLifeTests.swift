// The life of an order in the engine: every answer in every state.

import MartletAccounting
import MartletEngine
import MartletModel
import Testing

@Suite("Order life")
struct OrderLifeTests {
    /// Where an order of 10 lots at 100 stands before the answer.
    enum Stage: String, CaseIterable {
        case sent, working, partlyFilled, canceling, amending, cancelingPart, gone, never
    }

    struct Row: CustomTestStringConvertible, Sendable {
        let stage: Stage
        let kind: OrderEvent.Kind
        let leaves: Int64
        /// Status, pending, price, leaves/quantity; or `none`.
        let after: String
        /// After the same under hftbacktest's conduct, where it differs.
        var upstream: String?
        var ignored = false
        var testDescription: String { "\(stage) + \(kind) leaves \(leaves) → \(after)" }
    }

    static let table: [Row] = [
        // Accepted.
        Row(stage: .sent, kind: .accepted, leaves: 10, after: "working none 100 10/10"),
        Row(stage: .sent, kind: .accepted, leaves: 6, after: "working none 100 6/6"),
        Row(stage: .working, kind: .accepted, leaves: 10, after: "working none 100 10/10"),
        Row(
            stage: .partlyFilled, kind: .accepted, leaves: 7, after: "partiallyFilled none 100 7/10"
        ),
        Row(
            stage: .partlyFilled, kind: .accepted, leaves: 10,
            after: "partiallyFilled none 100 7/10"),
        Row(
            stage: .canceling, kind: .accepted, leaves: 10, after: "working cancel 100 10/10",
            upstream: "working none 100 10/10"),
        Row(
            stage: .amending, kind: .accepted, leaves: 10, after: "working amend 100 10/10",
            upstream: "working none 100 10/10"),
        Row(
            stage: .cancelingPart, kind: .accepted, leaves: 7,
            after: "partiallyFilled cancel 100 7/10", upstream: "partiallyFilled none 100 7/10"),
        Row(stage: .gone, kind: .accepted, leaves: 10, after: "none", ignored: true),
        Row(stage: .never, kind: .accepted, leaves: 10, after: "none", ignored: true),
        // Fills.
        Row(stage: .sent, kind: .fill(4), leaves: 6, after: "partiallyFilled none 100 6/10"),
        Row(stage: .sent, kind: .fill(10), leaves: 0, after: "none"),
        Row(stage: .working, kind: .fill(4), leaves: 6, after: "partiallyFilled none 100 6/10"),
        Row(stage: .working, kind: .fill(10), leaves: 0, after: "none"),
        Row(
            stage: .partlyFilled, kind: .fill(2), leaves: 5, after: "partiallyFilled none 100 5/10"),
        Row(stage: .partlyFilled, kind: .fill(7), leaves: 0, after: "none"),
        Row(
            stage: .canceling, kind: .fill(4), leaves: 6, after: "partiallyFilled cancel 100 6/10",
            upstream: "partiallyFilled none 100 6/10"),
        Row(stage: .canceling, kind: .fill(10), leaves: 0, after: "none"),
        Row(
            stage: .amending, kind: .fill(4), leaves: 6, after: "partiallyFilled amend 100 6/10",
            upstream: "partiallyFilled none 100 6/10"),
        Row(
            stage: .cancelingPart, kind: .fill(1), leaves: 6,
            after: "partiallyFilled cancel 100 6/10", upstream: "partiallyFilled none 100 6/10"),
        Row(stage: .gone, kind: .fill(4), leaves: 6, after: "none", ignored: true),
        Row(stage: .never, kind: .fill(4), leaves: 6, after: "none", ignored: true),
        // Fills that were applied before, or cannot be.
        Row(
            stage: .partlyFilled, kind: .fill(3), leaves: 7,
            after: "partiallyFilled none 100 7/10", ignored: true),
        Row(
            stage: .partlyFilled, kind: .fill(8), leaves: 0,
            after: "partiallyFilled none 100 7/10", ignored: true),
        Row(
            stage: .working, kind: .fill(0), leaves: 9, after: "working none 100 10/10",
            ignored: true),
        Row(
            stage: .working, kind: .fill(4), leaves: 12, after: "working none 100 10/10",
            ignored: true),
        // Amended.
        Row(
            stage: .working, kind: .amended(price: Price(ticks: 90), quantity: Quantity(lots: 4)),
            leaves: 4, after: "working none 90 4/4"),
        Row(
            stage: .amending, kind: .amended(price: Price(ticks: 90), quantity: Quantity(lots: 20)),
            leaves: 20, after: "working none 90 20/20"),
        Row(
            stage: .partlyFilled,
            kind: .amended(price: Price(ticks: 90), quantity: Quantity(lots: 20)), leaves: 17,
            after: "partiallyFilled none 90 17/20"),
        Row(
            stage: .gone, kind: .amended(price: Price(ticks: 90), quantity: Quantity(lots: 4)),
            leaves: 4, after: "none", ignored: true),
        // Ended.
        Row(stage: .sent, kind: .ended(.rejected, .priceRule), leaves: 10, after: "none"),
        Row(stage: .sent, kind: .ended(.canceled, .postOnlyWouldCross), leaves: 10, after: "none"),
        Row(stage: .working, kind: .ended(.expired, .immediateRest), leaves: 10, after: "none"),
        Row(stage: .partlyFilled, kind: .ended(.canceled, .reduceOnly), leaves: 7, after: "none"),
        Row(stage: .canceling, kind: .ended(.canceled, .none), leaves: 10, after: "none"),
        Row(stage: .amending, kind: .ended(.canceled, .none), leaves: 10, after: "none"),
        Row(stage: .gone, kind: .ended(.canceled, .none), leaves: 10, after: "none", ignored: true),
        Row(
            stage: .never, kind: .ended(.canceled, .none), leaves: 10, after: "none", ignored: true),
        // Refused requests.
        Row(stage: .sent, kind: .requestRefused(.notDelivered), leaves: 0, after: "none"),
        Row(
            stage: .working, kind: .requestRefused(.unknownOrder), leaves: 0,
            after: "working none 100 10/10"),
        Row(
            stage: .canceling, kind: .requestRefused(.unknownOrder), leaves: 0,
            after: "working none 100 10/10"),
        Row(
            stage: .amending, kind: .requestRefused(.priceRule), leaves: 10,
            after: "working none 100 10/10"),
        Row(
            stage: .cancelingPart, kind: .requestRefused(.notDelivered), leaves: 0,
            after: "partiallyFilled none 100 7/10"),
        Row(
            stage: .gone, kind: .requestRefused(.unknownOrder), leaves: 0, after: "none",
            ignored: true),
        Row(
            stage: .never, kind: .requestRefused(.unknownOrder), leaves: 0, after: "none",
            ignored: true),
    ]

    private func bench(_ stage: Stage, _ conduct: Engine.Conduct) throws -> EngineBench {
        let bench = try EngineBench(conduct: conduct)
        if stage == .never { return bench }
        let request = OrderRequest(.buy, Quantity(lots: 10), at: Price(ticks: 100))
        try bench.act([.submit(request)], at: 1001)
        if stage == .sent { return bench }
        try bench.hear(.accepted, leaves: 10, at: 1010)
        if stage == .partlyFilled || stage == .cancelingPart {
            try bench.hear(.fill(3), leaves: 7, at: 1020)
        }
        switch stage {
        case .canceling, .cancelingPart: try bench.act([.cancel(1)], at: 1030)
        case .amending: try bench.act([.amend(1, 90, 20)], at: 1030)
        case .gone:
            try bench.act([.cancel(1)], at: 1030)
            try bench.hear(.ended(.canceled, .none), leaves: 10, at: 1040)
        case .never, .sent, .working, .partlyFilled: break
        }
        return bench
    }

    @Test("an answer does this to the order", arguments: table)
    func answer(row: Row) throws {
        for conduct in [Engine.Conduct.plain, .answerClearsPending] {
            let bench = try bench(row.stage, conduct)
            let before = (bench.engine.account, bench.order, bench.diary.lines.count)
            try bench.hear(row.kind, leaves: row.leaves, at: 1100)
            let expected =
                conduct == .answerClearsPending ? row.upstream ?? row.after : row.after
            #expect(bench.order == expected, "\(conduct)")
            #expect(bench.engine.ignoredAnswers == (row.ignored ? 1 : 0))
            #expect(bench.engine.effects.isEmpty)
            if row.ignored {
                #expect(bench.engine.account == before.0)
                #expect(bench.diary.lines.count == before.2, "nobody is told")
            } else {
                #expect(bench.diary.lines.count == before.2 + 1, "the strategy is told once")
            }
        }
    }

    @Test("every state of an order meets every kind of answer")
    func tableIsWhole() {
        for stage in Stage.allCases where stage != .amending && stage != .cancelingPart {
            let rows = Self.table.filter { $0.stage == stage }
            #expect(rows.contains { $0.kind == .accepted }, "\(stage)")
            #expect(rows.contains { if case .filled = $0.kind { true } else { false } }, "\(stage)")
        }
        for stage in Stage.allCases {
            #expect(Self.table.filter { $0.stage == stage }.count >= 3, "\(stage)")
        }
    }

    @Test("a request on its way blocks others, and a finished order is no more")
    func onePendingRequest() throws {
        let bench = try bench(.sent, .plain)
        try bench.act([.cancel(1), .amend(1, 90, 5), .cancel(2)], at: 1002)
        #expect(bench.diary.results == [true, false, false, false])
        try bench.hear(.accepted, leaves: 10, at: 1010)
        try bench.act([.cancel(1), .cancel(1), .amend(1, 90, 5)], at: 1011)
        #expect(bench.diary.results.suffix(3) == [true, false, false])
        #expect(bench.engine.effects == [.cancel(ClientOrderID(1))])
    }

    @Test("a fill is booked once, with its fee and its position")
    func fillIsBooked() throws {
        let bench = try bench(.working, .plain)
        try bench.hear(.fill(4, at: 99, isMaker: false), leaves: 6, at: 1050)
        try bench.hear(.fill(4, at: 99, isMaker: false), leaves: 6, at: 1051)
        let account = bench.engine.account
        #expect(account.positionLots == 4)
        #expect(account.fillCount == 1)
        // 9.9 × 0.04 × 0.0005
        #expect(account.money(account.feesPaid).text == "0.000198")
        #expect(account.money(account.cash).text == "-0.396")
        #expect(bench.diary.lines.last == "filled 4 leaves 6 partiallyFilled position 4")
        #expect(bench.engine.ignoredAnswers == 1)
    }
}

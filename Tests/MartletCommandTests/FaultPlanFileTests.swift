// Fault plans are read strictly: every mistake is named with its place.

import MartletModel
import MartletVenueServer
import Testing
@testable import martlet

@Suite("Fault plan file")
struct FaultPlanFileTests {
    @Test("a plan is read with its numbers")
    func reading() throws {
        let plan = try FaultPlanFile.parse(
            """
            {
                seed: 7, // chance
                faults: [
                    { kind: "gap", everyMessages: 500, channel: "book", instrument: "BTCUSDT" },
                    { kind: 'drop', every: "20s", count: 3, connection: 2 },
                    { kind: "delay", after: "5s", for: "10s", delay: "200ms" },
                    { kind: "priceOutlier", probability: 0.001, channel: "trades", factor: 3.5 },
                    { kind: "close", at: 9, code: 1013 },
                    { kind: "fragment", after: "0s", size: 5 },
                ],
            }
            """, file: "plan")
        var gap = FaultRule(.gap, .everyMessages(500))
        gap.channel = .book
        gap.instrument = "BTCUSDT"
        var drop = FaultRule(.drop, .every(20_000_000_000))
        drop.count = 3
        drop.connection = 2
        var delay = FaultRule(.delay, .after(5_000_000_000))
        delay.duration = 10_000_000_000
        delay.delay = 200_000_000
        var outlier = FaultRule(.priceOutlier, .probability(millionths: 1000))
        outlier.channel = .trades
        outlier.factorThousandths = 3500
        var close = FaultRule(.close, .atMessage(9))
        close.code = 1013
        var fragment = FaultRule(.fragment, .after(0))
        fragment.size = 5
        #expect(plan == FaultPlan(seed: 7, [gap, drop, delay, outlier, close, fragment]))
    }

    struct Mistake: Sendable, CustomTestStringConvertible {
        let text: String
        let message: String
        var testDescription: String { text }
    }

    static let mistakes = [
        Mistake(text: "[]", message: "plan:1:1: a fault plan is an object"),
        Mistake(text: "{ fault: [] }", message: "plan:1:3: unknown key 'fault'"),
        Mistake(text: "{ seed: -1 }", message: "plan:1:9: seed is"),
        Mistake(text: "{ faults: [{ after: '1s' }] }", message: "plan:1:12: a fault needs a kind"),
        Mistake(
            text: "{ faults: [{ kind: 'gaps', at: 1 }] }",
            message: "plan:1:20: no such kind of fault; did you mean 'gap'"),
        Mistake(
            text: "{ faults: [{ kind: 'gap', at: 1, chanel: 'book' }] }",
            message: "plan:1:34: unknown key 'chanel'"),
        Mistake(
            text: "{ faults: [{ kind: 'gap', at: 1, every: '1s' }] }",
            message: "plan:1:12: a fault has exactly one of"),
        Mistake(
            text: "{ faults: [{ kind: 'gap' }] }", message: "plan:1:12: a fault has exactly one of"),
        Mistake(
            text: "{ faults: [{ kind: 'maintenance', at: 1 }] }",
            message: "plan:1:12: maintenance is timed by after or every"),
        Mistake(
            text: "{ faults: [{ kind: 'delay', after: 5 }] }",
            message: "plan:1:36: after is a time such as"),
        Mistake(
            text: "{ faults: [{ kind: 'gap', probability: 1.5 }] }",
            message: "plan:1:12: a probability is between 0 and 1"),
        Mistake(
            text: "{ faults: [{ kind: 'fragment', after: '1s', size: 0 }] }",
            message: "plan:1:51: size is between"),
    ]

    @Test("mistakes are configuration failures with their place", arguments: mistakes)
    func strictness(mistake: Mistake) {
        #expect {
            _ = try FaultPlanFile.parse(mistake.text, file: "plan")
        } throws: { error in
            guard let failure = error as? Failure else { return false }
            return failure.kind == .configuration && failure.message.hasPrefix(mistake.message)
        }
    }
}

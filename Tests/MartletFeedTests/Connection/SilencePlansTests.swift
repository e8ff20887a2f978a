// Silent topics: subscribed to again ever more rarely, and seldom a reason to reconnect.

import MartletFeed
import MartletVenues
import Testing

@Suite("Plans for silent topics")
struct SilencePlansTests {
    private static let second: Int64 = 1_000_000_000
    private let thin = Topic(.bbo, of: "THIN")

    @Test("a thin instrument is asked for ever more rarely, and never hopeless while it answers")
    func thinInstrument() {
        var plans = SilencePlans()
        var asked: [Int64] = []
        // Each subscription brings its snapshot, then nothing for the bound of 10 s.
        for step in 0..<360 {
            let now = Int64(step) * 10 * Self.second
            plans.fellSilent(thin, bound: 10 * Self.second, at: now)
            #expect(!plans.isHopeless)
            guard !plans.due(at: now, order: [thin]).isEmpty else { continue }
            asked.append(now)
            plans.spoke(thin)
        }
        #expect(asked.first == 0)
        #expect(asked.count >= 5 && asked.count < 20)
    }

    @Test("what stays silent is hopeless after two attempts, until the connection is new")
    func hopeless() {
        var plans = SilencePlans()
        var now: Int64 = 0
        var attempts = 0
        while attempts < 2 {
            plans.fellSilent(thin, bound: 10 * Self.second, at: now)
            #expect(!plans.isHopeless)
            attempts += plans.due(at: now, order: [thin]).count
            now += 10 * Self.second
        }
        plans.fellSilent(thin, bound: 10 * Self.second, at: now)
        #expect(plans.isHopeless)
        plans.reconnected()
        #expect(
            !plans.isHopeless && plans.due(at: now + 1_000 * Self.second, order: [thin]).isEmpty)
    }

    @Test("a topic that waits is asked for when its time comes, with the others of its time")
    func together() {
        var plans = SilencePlans()
        let topics = (0..<5).map { Topic(.l2, of: "S\($0)") }
        var asked: [[Topic]] = []
        for second in 0..<200 {
            let now = Int64(second) * Self.second
            if second % 10 < 5 {
                plans.fellSilent(topics[second % 10], bound: 10 * Self.second, at: now)
            }
            let due = plans.due(at: now, order: topics)
            if !due.isEmpty { asked.append(due) }
        }
        #expect(asked.contains(topics))
        plans.keep([])
        #expect(plans.watched.isEmpty)
    }

    @Test("long at its pace, it begins anew")
    func anew() {
        var plans = SilencePlans()
        for step in 0..<40 {
            let now = Int64(step) * 10 * Self.second
            plans.fellSilent(thin, bound: 10 * Self.second, at: now)
            _ = plans.due(at: now, order: [thin])
            plans.spoke(thin)
        }
        let later = 10_000 * Self.second
        plans.fellSilent(thin, bound: 10 * Self.second, at: later)
        #expect(plans.due(at: later, order: [thin]) == [thin])
    }
}

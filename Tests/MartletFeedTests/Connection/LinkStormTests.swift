// A hundred thousand disconnects in virtual time: budgets hold, links come back, nothing leaks.

import MartletFeed
import MartletModel
import MartletVenues
import Testing

@Suite("LinkMachine in a storm")
struct LinkStormTests {
    /// A venue that fails in every way it can, one virtual instant after the other.
    private struct Storm {
        static let second: Int64 = 1_000_000_000
        static let limits = [
            RateLimit("connections", 300, per: 300 * second),
            RateLimit("messages", 5, per: second),
            RateLimit("subscriptions", 480, per: 3_600 * second),
        ]

        var link: LinkMachine
        var budget = RateBudget(name: "storm", limits: limits)
        var random: SeededGenerator
        var time: Int64 = 0
        /// What will happen, by time.
        var coming: [(time: Int64, input: LinkInput)] = []
        var openSockets: Set<Int> = []
        var connects: [Int64] = []
        var sends: [Int64] = []
        var subscriptions: [Int64] = []
        var disconnects = 0
        var mostSockets = 0
        var mostComing = 0
        var mostUnanswered = 0
        var isHealthy = true

        init(seed: UInt64) {
            random = SeededGenerator(seed: seed)
            link = LinkMachine(
                adapter: TestAdapter(
                    limits: Storm.limits, lifetime: 3_600 * Storm.second, topicsPerMessage: 3),
                topics: (0..<7).map { Topic(.trades, of: "S\($0)") })
        }

        mutating func give(_ input: LinkInput) {
            perform(link.handle(input, at: time, budget: &budget, random: &random))
        }

        mutating func perform(_ effects: [LinkEffect]) {
            for effect in effects {
                switch effect {
                case .open(let number): open(number)
                case .send(let number, let text):
                    sends.append(time)
                    if text.contains("sub") { subscriptions.append(time) }
                    if Int.random(in: 0..<20, using: &random) > 0 {
                        coming.append((time + 50_000_000, .control(number, .pong)))
                    }
                case .close(let number): openSockets.remove(number)
                case .disconnected: disconnects += 1
                default: break
                }
            }
            mostSockets = max(mostSockets, link.socketCount)
        }

        private mutating func open(_ number: Int) {
            connects.append(time)
            // What the venue counts: attempts in any window of its limit.
            while let first = connects.first, time - first >= 300 * Storm.second {
                connects.removeFirst()
            }
            isHealthy = isHealthy && connects.count <= 300 && time >= budget.bannedUntil
            let delay = Int64.random(in: 1_000_000...100_000_000, using: &random)
            switch Int.random(in: 0..<20, using: &random) {
            case 0: coming.append((time + delay, .closed(number, LinkFailure("resolve"))))
            case 1: coming.append((time + delay, .closed(number, LinkFailure("tls"))))
            case 2:
                let wait = Int64.random(in: 0...10, using: &random) * Storm.second
                coming.append(
                    (
                        time + delay,
                        .closed(
                            number, LinkFailure("handshake", status: 429, retryAfter: wait))
                    ))
            case 3: break  // Nobody answers at all.
            default:
                openSockets.insert(number)
                coming.append((time + delay, .opened(number)))
                end(number, after: delay)
            }
        }

        /// How the socket will end, if ever.
        private mutating func end(_ number: Int, after delay: Int64) {
            let life = Int64.random(in: 0...20, using: &random) * Storm.second / 2
            let end = time + delay + life
            switch Int.random(in: 0..<8, using: &random) {
            case 0: break  // Half-open: no end, no answers.
            case 1: coming.append((end, .control(number, .closing(reason: "maintenance"))))
            case 2:
                coming.append((end, .control(number, .limited(reason: nil, retryAfter: nil))))
            case 3: coming.append((end, .reconnect("silent")))
            case 4: coming.append((end, .control(number, .subscribed(id: "1", topic: nil))))
            default: break
            }
            if number % 8 != 0 {
                coming.append((end + 1, .closed(number, LinkFailure("closed", status: 1006))))
            }
            coming.append((time + delay + 1, .synced(number)))
        }

        /// One step: the next thing that happens, or the link's own deadline.
        mutating func step() {
            mostComing = max(mostComing, coming.count)
            coming.sort { $0.time < $1.time }
            let next = coming.first?.time ?? Int64.max
            if let deadline = link.deadline, deadline <= next {
                time = max(time, deadline)
                give(.tick)
            } else if !coming.isEmpty {
                let event = coming.removeFirst()
                time = max(time, event.time)
                if case .opened(let number) = event.input, !openSockets.contains(number) { return }
                if case .closed(let number, _) = event.input { openSockets.remove(number) }
                give(event.input)
            } else {
                isHealthy = false
            }
            checkSends()
        }

        private mutating func checkSends() {
            while let first = sends.first, time - first >= Storm.second { sends.removeFirst() }
            isHealthy = isHealthy && sends.count <= 5
            while let first = subscriptions.first, time - first >= 3_600 * Storm.second {
                subscriptions.removeFirst()
            }
            isHealthy = isHealthy && subscriptions.count <= 480
            // A socket that the link no longer knows must have been closed.
            isHealthy = isHealthy && openSockets.count <= link.socketCount
            mostUnanswered = max(mostUnanswered, link.unansweredTopics.count)
        }
    }

    @Test(
        "100,000 disconnects: budgets hold, nothing piles up, it is live again",
        arguments: UInt64(0)..<8)
    func storm(seed: UInt64) {
        var storm = Storm(seed: seed)
        storm.give(.start)
        var steps = 0
        while storm.disconnects < 12_500, storm.isHealthy, steps < 2_000_000 {
            storm.step()
            steps += 1
        }
        #expect(storm.isHealthy)
        #expect(storm.disconnects >= 12_500)
        #expect(storm.mostSockets <= 3 && storm.mostComing < 200 && storm.mostUnanswered <= 7)
        #expect(storm.link.disconnectCount == Int64(storm.disconnects))
        // The faults end: a connection comes up and stays.
        storm.coming.removeAll()
        storm.openSockets.removeAll()
        let calm = storm.time
        storm.give(.reconnect("test"))
        while storm.time < calm + 400 * Storm.second {
            guard let deadline = storm.link.deadline else { break }
            storm.time = max(storm.time, deadline)
            let effects = storm.link.handle(
                .tick, at: storm.time, budget: &storm.budget, random: &storm.random)
            for effect in effects {
                guard case .open(let number) = effect else { continue }
                _ = storm.link.handle(
                    .opened(number), at: storm.time, budget: &storm.budget,
                    random: &storm.random)
            }
            if let primary = storm.link.primarySocket { storm.link.heard(primary, at: storm.time) }
        }
        #expect(storm.link.primarySocket != nil && storm.link.socketCount <= 2)
    }

    @Test("waits grow, but never beyond their cap")
    func backoff() {
        var random = SeededGenerator(seed: 5)
        let backoff = Backoff()
        for attempt in 0...1_000 as ClosedRange<Int64> {
            let wait = backoff.delay(attempt: attempt, using: &random)
            #expect(wait >= 0 && wait <= (attempt > 60 ? 5_000_000_000 : 1_000_000_000))
        }
    }
}

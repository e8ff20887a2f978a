// A link step by step: what it does with each thing that happens.

import MartletFeed
import MartletModel
import MartletVenues
import Testing

@Suite("LinkMachine")
struct LinkMachineTests {
    static let second: Int64 = 1_000_000_000

    /// A link with its surroundings.
    struct Bench {
        var link: LinkMachine
        var budget: RateBudget
        var random = SeededGenerator(seed: 3)
        var time: Int64 = 0

        init(_ adapter: any VenueAdapter, topics: [String] = ["A"]) {
            self.init(adapter, topics.map { Topic(.trades, of: $0) })
        }

        init(_ adapter: any VenueAdapter, _ topics: [Topic]) {
            link = LinkMachine(
                adapter: adapter, topics: topics,
                credentials: VenueCredentials(key: "k", secret: "s"))
            budget = RateBudget(name: "test", limits: adapter.profile.limits)
        }

        mutating func give(_ input: LinkInput) -> [LinkEffect] {
            link.handle(input, at: time, budget: &budget, random: &random)
        }

        /// Lets time pass to the next deadline, and gives back what was done there.
        mutating func pass() -> [LinkEffect] {
            guard let deadline = link.deadline else { return [] }
            time = max(time, deadline)
            return give(.tick)
        }
    }

    @Test("opens, subscribes in batches, remembers answers")
    func opens() {
        var bench = Bench(TestAdapter(), topics: ["A", "B", "C"])
        let started = bench.give(.start)
        #expect(started == [.open(1)])
        let opened = bench.give(.opened(1))
        let (ab, c) = (
            [Topic(.trades, of: "A"), Topic(.trades, of: "B")], [Topic(.trades, of: "C")]
        )
        #expect(
            opened == [
                .connected(1, attempts: 1), .promote(1), .expect(1, ab), .send(1, "sub 1 A,B"),
                .expect(1, c), .send(1, "sub 2 C"),
            ])
        #expect(bench.link.unansweredTopics.count == 3)
        _ = bench.give(.control(1, .subscribed(id: "1", topic: nil)))
        #expect(bench.link.unansweredTopics == c)
    }

    @Test(
        "a topic that goes leaves its stream to those that share it",
        arguments: [
            (
                VenueID.binanceUSDM, Topic(.markPrice, of: "BTCUSDT"),
                Topic(.funding, of: "BTCUSDT")
            ),
            (.binanceUSDM, Topic(.status, of: "BTCUSDT"), Topic(.status, of: "ETHUSDT")),
            (.bybitLinear, Topic(.markPrice, of: "BTCUSDT"), Topic(.openInterest, of: "BTCUSDT")),
            (.hyperliquid, Topic(.markPrice, of: "BTC"), Topic(.funding, of: "BTC")),
            (.mexcFutures, Topic(.bbo, of: "BTC_USDT"), Topic(.openInterest, of: "BTC_USDT")),
            (
                .okx, Topic(.liquidations, of: "BTC-USDT-SWAP"),
                Topic(.liquidations, of: "ETH-USDT-SWAP")
            ),
        ])
    func sharedStreams(venue: VenueID, stays: Topic, goes: Topic) throws {
        let adapter = try #require(VenueCatalog.adapter(for: venue))
        var bench = Bench(adapter, [stays, goes])
        _ = bench.give(.start)
        _ = bench.give(.opened(1))
        let first = bench.give(.wanted([stays]))
        #expect(first == [.forget(1, [goes])])
        bench.time += Self.second
        let last = bench.give(.wanted([]))
        #expect(last.contains(.forget(1, [stays])))
        #expect(last.contains { if case .send = $0 { true } else { false } })
    }

    @Test("a refused topic ends, the others of its request are asked for again")
    func refusal() {
        var bench = Bench(TestAdapter(), topics: ["GOOD", "BADX"])
        _ = bench.give(.start)
        _ = bench.give(.opened(1))
        let refused = bench.give(
            .control(1, .refused(id: "1", code: "7", reason: "no instrument BADX")))
        let (bad, good) = (Topic(.trades, of: "BADX"), Topic(.trades, of: "GOOD"))
        #expect(
            refused == [
                .forget(1, [bad]), .refused([bad], reason: "7 no instrument BADX"),
                .expect(1, [good]), .send(1, "sub 2 GOOD"),
            ])
        #expect(bench.link.topics == [good])
    }

    @Test("a request refused as a whole is asked for topic by topic")
    func refusedAsAWhole() {
        var bench = Bench(TestAdapter(), topics: ["A", "B"])
        _ = bench.give(.start)
        _ = bench.give(.opened(1))
        let refused = bench.give(.control(1, .refused(id: "1", code: nil, reason: "wrong args")))
        #expect(refused.contains(.send(1, "sub 2 A")) && refused.contains(.send(1, "sub 3 B")))
        let ended = bench.give(.control(1, .refused(id: "3", code: nil, reason: "wrong args")))
        #expect(ended.contains(.refused([Topic(.trades, of: "B")], reason: "wrong args")))
    }

    @Test("greets and authenticates before it subscribes")
    func authentication() {
        var adapter = TestAdapter()
        adapter.profile.needsCredentials = true
        var bench = Bench(adapter)
        _ = bench.give(.start)
        let opened = bench.give(.opened(1))
        #expect(opened == [.connected(1, attempts: 1), .promote(1)])
        let greeted = bench.give(.control(1, .welcome))
        #expect(greeted == [.send(1, "auth")])
        let ready = bench.give(.control(1, .authenticated))
        #expect(ready.contains(.send(1, "sub 1 A")))
    }

    @Test("keys that are refused are not tried again")
    func refusedKeys() {
        var adapter = TestAdapter()
        adapter.profile.needsCredentials = true
        var bench = Bench(adapter)
        _ = bench.give(.start)
        _ = bench.give(.opened(1))
        _ = bench.give(.control(1, .welcome))
        let refused = bench.give(.control(1, .refused(id: nil, code: "402", reason: "auth failed")))
        #expect(
            refused.contains(
                .refused(
                    [Topic(.trades, of: "A")],
                    reason: "the venue refuses the keys: 402 auth failed")))
        #expect(refused.contains(.close(1)) && bench.link.topics.isEmpty)
        let later = bench.pass()
        #expect(later.isEmpty && bench.link.deadline == nil && bench.link.socketCount == 0)
    }

    @Test("connections that are accepted and bring nothing are opened ever more slowly")
    func worthless() {
        func connections(delivering: Bool) -> Int {
            var bench = Bench(TestAdapter())
            var count = 0
            var effects = bench.give(.start)
            while bench.time < 300 * Self.second {
                guard case .open(let number)? = effects.first(where: \.isOpening) else {
                    effects = bench.pass()
                    continue
                }
                count += 1
                _ = bench.give(.opened(number))
                if delivering { bench.link.delivered(number) }
                bench.time += 3 * Self.second / 2
                effects = bench.give(.closed(number, LinkFailure("closed")))
            }
            return count
        }
        // 5 s between attempts after a while, against 0.1 s at most.
        #expect(connections(delivering: true) > 180)
        #expect(connections(delivering: false) < 150)
    }

    @Test("silence is probed, and a connection that does not answer is given up")
    func halfOpen() {
        var bench = Bench(TestAdapter())
        _ = bench.give(.start)
        _ = bench.give(.opened(1))
        let probed = bench.pass()
        #expect(probed == [.send(1, "ping")] && bench.time == 5 * Self.second / 2)
        bench.link.heard(1, at: bench.time)
        let again = bench.pass()
        #expect(again == [.send(1, "ping")])
        let given = bench.pass()
        #expect(given.contains(.close(1)))
        #expect(given.contains(.disconnected(1, reason: "halfOpen")))
        #expect(bench.time == 15 * Self.second / 2)
        let reopened = bench.pass()
        #expect(reopened.contains(.open(2)))
    }

    @Test("a connection is renewed before its lifetime ends, without a gap")
    func renewal() {
        let lifetime: Int64 = 86_400 * Self.second
        var bench = Bench(TestAdapter(lifetime: lifetime))
        _ = bench.give(.start)
        _ = bench.give(.opened(1))
        var effects: [LinkEffect] = []
        while bench.time < lifetime, !effects.contains(.open(2)) {
            bench.link.heard(1, at: bench.time)
            effects = bench.pass()
        }
        #expect(effects.contains(.open(2)) && bench.time < lifetime - 100 * Self.second)
        let opened = bench.give(.opened(2))
        #expect(opened.contains(.send(2, "sub 2 A")) && !opened.contains(.promote(2)))
        let synced = bench.give(.synced(2))
        #expect(synced == [.retire(1), .promote(2)])
        bench.time += 2 * Self.second
        let drained = bench.give(.tick)
        #expect(drained.contains(.close(1)) && bench.link.primarySocket == 2)
    }

    @Test("a closing notice brings a successor at once; without one the old end is survived")
    func closing() {
        var bench = Bench(TestAdapter())
        _ = bench.give(.start)
        _ = bench.give(.opened(1))
        let told = bench.give(.control(1, .closing(reason: "upgrade")))
        #expect(told == [.open(2)])
        let gone = bench.give(.closed(1, LinkFailure("closed")))
        #expect(gone == [.disconnected(1, reason: "closed")])
        let opened = bench.give(.opened(2))
        #expect(opened.contains(.promote(2)) && bench.link.primarySocket == 2)
    }

    /// A link of which a socket was told that it will be closed, and renewed at time 0.
    private func renewed() -> Bench {
        var bench = Bench(TestAdapter())
        _ = bench.give(.start)
        _ = bench.give(.opened(1))
        _ = bench.give(.control(1, .closing(reason: "upgrade")))
        _ = bench.give(.opened(2))
        _ = bench.give(.synced(2))
        return bench
    }

    /// When a socket is opened next.
    private func opening(_ number: Int, _ bench: inout Bench) -> Int64? {
        while bench.time < 200 * Self.second {
            for socket in [bench.link.primarySocket, bench.link.successorSocket] {
                if let socket { bench.link.heard(socket, at: bench.time) }
            }
            if bench.pass().contains(.open(number)) { return bench.time }
        }
        return nil
    }

    @Test("a notice soon after a renewal is followed when the least time between them is over")
    func soon() {
        var bench = renewed()
        bench.time = 3 * Self.second
        let told = bench.give(.control(2, .closing(reason: "upgrade")))
        #expect(!told.contains(.open(3)))
        // Said again and again, it moves nothing.
        bench.time = 4 * Self.second
        _ = bench.give(.control(2, .closing(reason: "upgrade")))
        #expect(opening(3, &bench) == 10 * Self.second)
        _ = bench.give(.opened(3))
        _ = bench.give(.synced(3))
        bench.time = 12 * Self.second
        _ = bench.give(.control(3, .closing(reason: "upgrade")))
        #expect(opening(4, &bench) == 20 * Self.second)
    }

    @Test("a notice to a successor is followed when it has taken over")
    func successorNotice() {
        var bench = Bench(TestAdapter())
        _ = bench.give(.start)
        _ = bench.give(.opened(1))
        _ = bench.give(.control(1, .closing(reason: "upgrade")))
        _ = bench.give(.opened(2))
        _ = bench.give(.control(2, .closing(reason: "upgrade")))
        _ = bench.give(.synced(2))
        #expect(opening(3, &bench) == 10 * Self.second)
    }

    @Test("a notice to a connection that followed a lost one is followed at once")
    func noticeAfterLoss() {
        var bench = renewed()
        bench.time = Self.second
        _ = bench.give(.closed(2, LinkFailure("closed")))
        #expect(opening(3, &bench).map { $0 < 2 * Self.second } == true)
        _ = bench.give(.opened(3))
        let told = bench.give(.control(3, .closing(reason: "upgrade")))
        #expect(told == [.open(4)])
    }

    @Test("a venue that gives every connection notice is not followed in circles")
    func noticesForever() {
        var bench = Bench(TestAdapter())
        var count = 0
        var effects = bench.give(.start)
        while bench.time < 100 * Self.second {
            if case .open(let number)? = effects.first(where: \.isOpening) {
                count += 1
                _ = bench.give(.opened(number))
                _ = bench.give(.synced(number))
                effects = bench.give(.control(number, .closing(reason: "upgrade")))
            } else {
                if let socket = bench.link.primarySocket {
                    bench.link.heard(socket, at: bench.time)
                }
                effects = bench.pass()
            }
        }
        #expect(count <= 12)
    }

    @Test("a successor that does not get there is given up, told, and tried again")
    func unsynced() {
        var bench = Bench(TestAdapter())
        _ = bench.give(.start)
        _ = bench.give(.opened(1))
        _ = bench.give(.control(1, .closing(reason: "upgrade")))
        _ = bench.give(.opened(2))
        var effects: [LinkEffect] = []
        while bench.time < 61 * Self.second, !effects.contains(.close(2)) {
            for number in 1...2 { bench.link.heard(number, at: bench.time) }
            effects = bench.pass()
        }
        #expect(effects.suffix(2) == [.disconnected(2, reason: "unsynced"), .close(2)])
        #expect(bench.time == 60 * Self.second && bench.link.primarySocket == 1)
        #expect(bench.link.disconnectCount == 1)
        #expect(opening(3, &bench).map { $0 >= 120 * Self.second } == true)
    }

    @Test("a connection that was taken over from may be ended by the venue first")
    func drained() {
        var bench = renewed()
        #expect(bench.link.socketCount == 2)
        let gone = bench.give(.closed(1, LinkFailure("closed")))
        #expect(gone == [.close(1)] && bench.link.socketCount == 1)
        bench.time = 2 * Self.second
        let later = bench.give(.tick)
        #expect(!later.contains(.close(1)) && bench.link.primarySocket == 2)
    }

    @Test("what speaks only when something happens is noted when the venue acknowledges it")
    func acknowledged() {
        let topics = [Topic(.liquidations, of: "A"), Topic(.l2, of: "A"), Topic(.trades, of: "B")]
        var bench = Bench(TestAdapter(), topics)
        _ = bench.give(.start)
        _ = bench.give(.opened(1))
        #expect(bench.link.acknowledgedTopics.isEmpty)
        _ = bench.give(.control(1, .subscribed(id: "1", topic: nil)))
        #expect(bench.link.acknowledgedTopics == [topics[0]])
        _ = bench.give(.control(1, .refused(id: "2", code: nil, reason: "no B")))
        #expect(bench.link.acknowledgedTopics == [topics[0]])
        _ = bench.give(.wanted([topics[1]]))
        #expect(bench.link.acknowledgedTopics.isEmpty)
    }

    @Test("a ban is respected")
    func ban() {
        var bench = Bench(TestAdapter())
        _ = bench.give(.start)
        _ = bench.give(
            .closed(1, LinkFailure("handshake", status: 429, retryAfter: 30 * Self.second)))
        var opened: [LinkEffect] = []
        while bench.time < 100 * Self.second, !opened.contains(.open(2)) { opened = bench.pass() }
        #expect(bench.time >= 30 * Self.second && bench.time < 31 * Self.second)
    }

    @Test("lists may change while the link runs")
    func wanted() {
        var bench = Bench(TestAdapter(), topics: ["A", "B"])
        _ = bench.give(.start)
        _ = bench.give(.opened(1))
        let changed = bench.give(.wanted([Topic(.trades, of: "B"), Topic(.trades, of: "C")]))
        #expect(changed.contains(.send(1, "unsub 2 A")) && changed.contains(.send(1, "sub 3 C")))
    }

    @Test("messages wait for their budget")
    func messageBudget() {
        let adapter = TestAdapter(
            limits: [RateLimit("messages", 2, per: Self.second)], topicsPerMessage: 1)
        var bench = Bench(adapter, topics: ["A", "B", "C", "D", "E"])
        _ = bench.give(.start)
        var sent = bench.give(.opened(1)).sends
        #expect(sent == 2)
        while sent < 5, bench.time < 10 * Self.second { sent += bench.pass().sends }
        #expect(sent == 5 && bench.time >= 2 * Self.second && bench.time < 3 * Self.second)
    }
}

extension [LinkEffect] {
    /// How many texts are sent.
    var sends: Int { count { if case .send = $0 { true } else { false } } }
}

extension LinkEffect {
    /// Whether a socket is to be opened.
    var isOpening: Bool { if case .open = self { true } else { false } }
}

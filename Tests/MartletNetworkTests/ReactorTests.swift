// The loop: order of timers and posts, threads, descriptors, bounded turns.

import Glibc
import Synchronization
import Testing

@testable import MartletNetwork

@Suite("Reactor")
struct ReactorTests {
    /// Steps of a small generator, for seeded scenarios.
    struct Dice {
        var state: UInt64

        mutating func roll(_ sides: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(sides))
        }
    }

    @Test("timers surface as in a sorted list", arguments: UInt64(0)..<50)
    func heap(seed: UInt64) {
        var dice = Dice(state: seed)
        var heap = TimerHeap()
        var naive: [(deadline: Int64, number: Int, token: TimerToken)] = []
        var ran: [Int] = []
        var expected: [Int] = []
        for step in 0..<400 {
            switch dice.roll(4) {
            case 0, 1:
                let deadline = Int64(dice.roll(1000))
                let token = heap.add(deadline: deadline) { ran.append(step) }
                naive.append((deadline, step, token))
            case 2 where !naive.isEmpty:
                heap.remove(naive.remove(at: dice.roll(naive.count)).token)
            default:
                let time = Int64(dice.roll(1000))
                while let work = heap.removeDue(at: time) { work() }
                let due = naive.filter { $0.deadline <= time }
                    .sorted { ($0.deadline, $0.number) < ($1.deadline, $1.number) }
                expected += due.map(\.number)
                naive.removeAll { $0.deadline <= time }
            }
            #expect(heap.count == naive.count)
            #expect(heap.earliest == naive.map(\.deadline).min())
        }
        #expect(ran == expected)
    }

    @Test("a timer that is set and cancelled for ever leaves nothing behind")
    func cancelled() throws {
        let reactor = try Reactor()
        for _ in 0..<100_000 {
            reactor.cancel(reactor.setTimer(after: 60_000_000_000) {})
        }
        #expect(reactor.timerCount == 0)
        reactor.setTimer(after: 0) { reactor.stop() }
        reactor.run()
    }

    @Test("timers run in order, not before their time")
    func order() throws {
        let reactor = try Reactor()
        var ran: [Int] = []
        let start = reactor.now()
        for (index, milliseconds) in [30, 10, 20, 10, 0].enumerated() {
            reactor.setTimer(after: Int64(milliseconds) * 1_000_000) {
                #expect(reactor.now() - start >= Int64(milliseconds) * 1_000_000)
                ran.append(index)
                if ran.count == 5 { reactor.stop() }
            }
        }
        reactor.setTimer(after: .max) { ran.append(99) }
        reactor.run()
        #expect(ran == [4, 1, 3, 2, 0])
    }

    @Test("posts of another thread run here, in order, and stop is heard")
    func posts() throws {
        let thread = try ReactorThread()
        let sum = Mutex(0)
        let last = Atomic(-1)
        for index in 0..<10_000 {
            thread.reactor.post {
                sum.withLock { $0 += index }
                #expect(last.exchange(index, ordering: .relaxed) == index - 1)
            }
        }
        #expect(thread.call { _ in sum.withLock { $0 } } == 49_995_000)
        thread.stop()
        thread.stop()
    }

    @Test("a timer that sets itself again does not starve descriptors")
    func starvation() throws {
        let reactor = try Reactor()
        var ends: [Int32] = [-1, -1]
        try #require(pipe(&ends) == 0)
        func again() { reactor.setTimer(after: 0) { again() } }
        again()
        var isRead = false
        #expect(reactor.watchReadable(ends[0]) { isRead = true })
        _ = write(ends[1], "x", 1)
        for _ in 0..<10 where !isRead { reactor.turn(waits: true) }
        #expect(isRead)
        reactor.unwatch(ends[0])
        reactor.unwatch(ends[0])
        #expect(reactor.watchCount == 0)
        for end in ends { close(end) }
    }

    @Test("a descriptor closed and reused in one turn does not hear of the old one")
    func reused() throws {
        let reactor = try Reactor()
        var first: [Int32] = [-1, -1]
        var second: [Int32] = [-1, -1]
        try #require(pipe(&first) == 0 && pipe(&second) == 0)
        _ = write(first[1], "x", 1)
        _ = write(second[1], "x", 1)
        var fresh: [Int32] = [-1, -1]
        var wrong = 0
        var calls = 0
        // Whichever comes first closes the other and opens a pipe on its number.
        func replace(_ other: Int32) {
            calls += 1
            guard fresh[0] < 0 else { return }
            reactor.unwatch(other)
            close(other)
            #expect(pipe(&fresh) == 0)
            #expect(fresh[0] == other)
            reactor.watchReadable(fresh[0]) { wrong += 1 }
        }
        let (left, right) = (first[0], second[0])
        reactor.watchReadable(left) { replace(right) }
        reactor.watchReadable(right) { replace(left) }
        reactor.turn(waits: true)
        #expect(calls == 1)
        #expect(wrong == 0)
    }

    @Test("a regular file cannot be watched")
    func regularFile() throws {
        let reactor = try Reactor()
        let folder = try TemporaryFolder()
        let file = open(try folder.write("file", "x"), O_RDONLY)
        #expect(reactor.watchReadable(file) {} == false)
        #expect(reactor.watchCount == 0)
        close(file)
    }

    @Test("addresses of one family take turns with those of the other")
    func interleaved() throws {
        func make(_ texts: [String]) -> [SocketAddress] {
            texts.compactMap { SocketAddress(numeric: $0, port: 1) }
        }
        let mixed = Connector.interleaved(make(["::1", "::2", "::3", "10.0.0.1", "10.0.0.2"]))
        #expect(
            mixed.map(\.text) == ["[::1]:1", "10.0.0.1:1", "[::2]:1", "10.0.0.2:1", "[::3]:1"])
        #expect(Connector.interleaved([]).isEmpty)
    }
}

// A reader that does not read: the venues' data wait in the sockets, everything else goes on.

import Glibc
import MartletFeed
import MartletModel
import MartletNetwork
import MartletVenues
import Synchronization
import Testing

@Suite("Slow reader")
struct SlowReaderTests {
    /// A feed into a pipe. Unchecked: all but the thread is only touched on it.
    private final class PipeFeed: @unchecked Sendable {
        static let limit = 1 << 18
        let thread: ReactorThread
        let reading: Int32
        private let writing: Int32
        private var output: DescriptorOutput?
        private var sink: MuxSink?
        private var runner: FeedRunner?

        init(_ settings: FeedSettings) throws {
            var ends: [Int32] = [0, 0]
            #expect(pipe(&ends) == 0)
            (reading, writing) = (ends[0], ends[1])
            _ = fcntl(reading, F_SETFL, O_NONBLOCK)
            thread = try ReactorThread()
            thread.reactor.post { [self] in
                let output = DescriptorOutput(
                    writing, name: "pipe", reactor: thread.reactor, limit: Self.limit)
                let sink = MuxSink(output) { _ in }
                (self.output, self.sink) = (output, sink)
                // Without a runner nothing comes, and the test says so.
                let made = try? FeedRunner(settings, reactor: thread.reactor, sink: sink)  // above
                runner = made
                runner?.start()
            }
        }

        /// Bytes that wait and whether that is too much; nil where the reactor does not answer.
        func state() -> (pending: Int, isFull: Bool)? {
            let answer = Mutex<(pending: Int, isFull: Bool)?>(nil)
            let box = Box(answer)
            thread.reactor.post { [self] in
                box.value.withLock { $0 = (output?.pending ?? 0, output?.isFull ?? false) }
            }
            for _ in 0..<1_000 {
                if let found = box.value.withLock({ $0 }) { return found }
                usleep(5_000)
            }
            return nil
        }

        func stop() {
            thread.call { [self] _ in
                runner?.stop()
                (runner, sink, output) = (nil, nil, nil)
            }
            thread.stop()
            close(reading)
            close(writing)
        }
    }

    private final class Box: Sendable {
        let value: Mutex<(pending: Int, isFull: Bool)?>
        init(_ value: consuming Mutex<(pending: Int, isFull: Bool)?>) { self.value = value }
    }

    private static func trades(_ first: Int) -> String {
        let rows = (first..<(first + 100)).map {
            #"{"instId":"BTC-USDT-SWAP","tradeId":"\#($0)","px":"101.0","sz":"0.10","#
                + #""side":"buy","ts":"1700000000000","count":"1"}"#
        }
        return #"{"arg":{"channel":"trades","instId":"BTC-USDT-SWAP"},"data":["#
            + rows.joined(separator: ",") + "]}"
    }

    @Test("the reactor goes on, what waits is bounded, and nothing is lost")
    func slowReader() throws {
        let messages = 260
        let venue = try ScriptedLiveVenue(onMessage: { session, text in
            guard text != "ping" else { return session.send("pong") }
            guard text.contains("\"subscribe\"") else { return }
            for number in 0..<messages { session.send(Self.trades(1 + number * 100)) }
        })
        var settings = FeedSettings()
        settings.sources = [
            FeedSource(venue: .okx, symbols: ["BTC-USDT-SWAP"], channels: [.trades])
        ]
        settings.addresses[.okx] = VenueAddress(webSocket: "ws://127.0.0.1:\(venue.port)")
        let feed = try PipeFeed(settings)
        var state: (pending: Int, isFull: Bool)?
        #expect(
            eventually {
                state = feed.state()
                return state == nil || state?.isFull == true
            })
        // It answers although nobody reads, and holds the limit and what one read brought.
        #expect(state != nil)
        usleep(600_000)
        let later = feed.state()
        #expect((later?.pending ?? .max) < 3 << 20)
        #expect(later?.isFull == true)
        // The reader wakes up: every trade comes, once, from the one connection.
        var text: [UInt8] = []
        var lines = 0
        var block = [UInt8](repeating: 0, count: 1 << 16)
        #expect(
            eventually {
                while case let count = read(feed.reading, &block, block.count), count > 0 {
                    text += block[..<count]
                    lines += block[..<count].count { $0 == UInt8(ascii: "\n") }
                }
                return lines >= messages * 100
            })
        feed.stop()
        #expect(venue.clients.all == 1)
        venue.stop()
        let all = String(decoding: text, as: UTF8.self).split(separator: "\n")
        #expect(all.count { $0.contains(#""type":"trade""#) } == messages * 100)
        #expect(!all.contains { $0.contains(#""type":"disconnect""#) })
    }
}

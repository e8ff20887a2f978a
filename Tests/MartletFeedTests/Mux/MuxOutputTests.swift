// The mux's output: bounded, conflated only where declared, and clear about its end.

import Glibc
import MartletFeed
import MartletModel
import MartletNetwork
import MartletVenues
import Testing

@Suite("Mux output")
struct MuxOutputTests {
    private func quote(_ price: String, _ batch: inout EventBatch) {
        batch.removeAll()
        let slice = batch.keep(price)
        let number = DecimalText(
            mantissa: Int64(price) ?? 0, scale: 0, start: slice.start, count: Int32(slice.count))
        batch.events.append(
            .quote(
                QuoteEvent(
                    header: EventHeader(instrument: batch.keep("X"), exchangeTime: nil),
                    bidPrice: number, bidQuantity: nil, askPrice: nil, askQuantity: nil)))
        batch.events.append(
            .trade(
                TradeEvent(
                    header: EventHeader(instrument: batch.keep("X"), exchangeTime: nil), id: slice,
                    price: number, quantity: number, aggressor: .buy)))
    }

    private func context(_ sequence: Int64) -> EnvelopeContext {
        EnvelopeContext(venue: .okx, connection: 1, sequence: sequence, receiveTime: 1)
    }

    @Test("without a reader nothing is collected, and nothing has to wait for it")
    func gone() throws {
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        signal(SIGPIPE, SIG_IGN)
        let output = DescriptorOutput(ends[1], name: "pipe", reactor: try Reactor(), limit: 1 << 20)
        defer { close(ends[1]) }
        let block = [UInt8](repeating: UInt8(ascii: "\n"), count: 1 << 19)
        func take() {
            block.withUnsafeBufferPointer {
                output.take($0, venue: "okx", type: "trade", instrument: nil)
            }
        }
        for _ in 0..<3 { take() }
        #expect(try output.flush())
        #expect(output.isFull && output.isCongested)
        close(ends[0])
        #expect(try output.flush() == false)
        for _ in 0..<5 { take() }
        #expect(!output.isFull && !output.isCongested && output.pending == 0)
        #expect(try output.flush() == false)
        #expect(try output.finish() == false)
    }

    @Test("a slow reader gets every trade and the latest quote")
    func conflation() throws {
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        let reactor = try Reactor()
        let output = DescriptorOutput(ends[1], name: "pipe", reactor: reactor)
        let sink = MuxSink(output) { _ in }
        var batch = EventBatch()
        let count: Int64 = 8_000
        for number in 1...count {
            quote("\(number)", &batch)
            for index in 0..<2 { sink.event(index, of: batch, context(number)) }
            sink.flush()
        }
        #expect(output.pending > 1 << 20 && sink.conflatedCount > 1_000)
        // The reader wakes up.
        var text: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 1 << 16)
        _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
        var isFinished = false
        while true {
            let read = Glibc.read(ends[0], &block, block.count)
            if read > 0 {
                text += block[..<read]
                sink.flush()
            } else if isFinished {
                break
            } else if output.pending == 0 {
                isFinished = try sink.finish()
            }
        }
        close(ends[0])
        close(ends[1])
        let lines = String(decoding: text, as: UTF8.self).split(separator: "\n")
        #expect(lines.count { $0.contains(#""type":"trade""#) } == count)
        let quotes = lines.filter { $0.contains("book_ticker") }
        #expect(Int64(quotes.count) + sink.conflatedCount == count)
        #expect(quotes.last?.contains(#""bidPrice":"\#(count)""#) == true)
        #expect(Int64(lines.count) == sink.count)
    }

    @Test("what was held leaves before anything newer of its kind")
    func heldOrder() throws {
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
        let output = DescriptorOutput(ends[1], name: "pipe", reactor: try Reactor())
        let sink = MuxSink(output) { _ in }
        var batch = EventBatch()
        quote("7", &batch)
        while !output.isCongested { sink.event(1, of: batch, context(1)) }
        quote("8", &batch)
        sink.event(0, of: batch, context(2))
        // The reader catches up before the sink is asked to let anything leave.
        var text: [UInt8] = []
        while output.pending > 0 {
            #expect(try output.flush())
            text += Self.drain(ends[0])
        }
        quote("9", &batch)
        sink.event(0, of: batch, context(3))
        #expect(try sink.finish())
        text += Self.drain(ends[0])
        close(ends[0])
        close(ends[1])
        let quotes = String(decoding: text, as: UTF8.self).split(separator: "\n")
            .filter { $0.contains("book_ticker") }
        #expect(quotes.count == 2)
        #expect(quotes.last?.contains(#""bidPrice":"9""#) == true)
    }

    /// What a pipe holds now.
    private static func drain(_ descriptor: Int32) -> [UInt8] {
        var text: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = read(descriptor, &block, block.count), count > 0 {
            text += block[..<count]
        }
        return text
    }

    @Test("a full disk is a failure, a reader that went away an end")
    func ends() throws {
        let reactor = try Reactor()
        var batch = EventBatch()
        quote("1", &batch)
        let full = open("/dev/full", O_WRONLY)
        let toFull = MuxSink(DescriptorOutput(full, name: "/dev/full", reactor: reactor)) { _ in }
        var seen: [MuxSink.End] = []
        toFull.onEnd = { seen.append($0) }
        toFull.event(0, of: batch, context(1))
        toFull.flush()
        close(full)
        guard case .failure(let failure)? = seen.first else {
            Issue.record("a full disk went unnoticed")
            return
        }
        #expect(failure.kind == .failure && failure.message.contains("No space left"))
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        close(ends[0])
        let toNobody = MuxSink(DescriptorOutput(ends[1], name: "pipe", reactor: reactor)) { _ in }
        seen = []
        toNobody.onEnd = { seen.append($0) }
        toNobody.event(0, of: batch, context(1))
        toNobody.flush()
        close(ends[1])
        #expect(seen == [.closed])
    }

    @Test("counts are exact, filters keep the rest back")
    func counts() throws {
        let reactor = try Reactor()
        var batch = EventBatch()
        quote("1", &batch)
        let null = open("/dev/null", O_WRONLY)
        defer { close(null) }
        var filter = MuxFilter()
        filter.types = ["trade"]
        filter.instruments = ["X*"]
        let sink = MuxSink(
            DescriptorOutput(null, name: "null", reactor: reactor), filter: filter, countMax: 3
        ) { _ in }
        var seen: [MuxSink.End] = []
        sink.onEnd = { seen.append($0) }
        for number in 1...10 as ClosedRange<Int64> {
            for index in 0..<2 { sink.event(index, of: batch, context(number)) }
        }
        #expect(sink.count == 3 && seen == [.count])
        #expect(sink.filteredCount > 0)
    }

    @Test(
        "patterns",
        arguments: [
            ("BTCUSDT", "BTC*", true), ("ETHBTC", "BTC*", false), ("ETHBTC", "*BTC", true),
            ("A", "?", true), ("AB", "?", false), ("", "*", true), ("ABCABD", "*AB?", true),
            ("BTC-USDT-SWAP", "BTC-*-SWAP", true), ("X", "", false),
        ])
    func patterns(name: String, pattern: String, fits: Bool) {
        #expect(FeedSource.matches(name, pattern: pattern) == fits)
    }
}

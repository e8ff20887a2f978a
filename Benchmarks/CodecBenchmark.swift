// Binance messages to events: every price and size to a whole number of ticks and lots.

import MartletModel
import MartletStore
import MartletVenues

extension Benchmark {
    /// The codec over all messages of a capture, already in memory.
    static let codec = Benchmark(
        name: "codec", meaning: "importing and listening to a venue take more of a core"
    ) { settings throws(Failure) in
        let messages = try CaptureMessages(path: settings.capture)
        guard let tick = ExactDecimal(settings.tick), let lot = ExactDecimal(settings.lot) else {
            throw Failure(.usage, "--tick and --lot must be plain decimals")
        }
        let decoder = BinanceDecoder(.usdm)
        return try Measurement.take(
            "messages", events: messages.count, bytes: messages.byteCount, runs: settings.runs
        ) { () throws(Failure) in
            var sink = SumSink(prices: StepScale(of: tick), sizes: StepScale(of: lot))
            for index in 0..<messages.count {
                do {
                    try decoder.decode(messages[index], into: &sink)
                } catch {
                    throw Failure(.integrity, "message \(index): \(error)")
                }
            }
            return sink.sum
        }
    }
}

/// Adds up all ticks and lots, so that none can be left out.
private struct SumSink: BinanceSink {
    let prices: StepScale
    let sizes: StepScale
    var sum: UInt64 = 0

    @inline(__always)
    private mutating func add(_ price: DecimalText, _ quantity: DecimalText) {
        let ticks = prices.steps(price) ?? 0
        let lots = sizes.steps(quantity) ?? 0
        sum = sum &+ UInt64(bitPattern: ticks) &+ UInt64(bitPattern: lots)
    }

    mutating func startMessage() {}
    mutating func level(_ side: Side, price: DecimalText, quantity: DecimalText) {
        add(price, quantity)
    }
    mutating func trade(_ message: BinanceTrade) { add(message.price, message.quantity) }
    mutating func quote(_ message: BinanceQuote) {
        add(message.bidPrice, message.bidQuantity)
        add(message.askPrice, message.askQuantity)
    }
}

/// All messages of a capture in one block of memory, with room after the last one.
final class CaptureMessages {
    private let block: UnsafeMutablePointer<UInt8>
    private var ends: [Int] = [0]
    /// Bytes of all messages together.
    var byteCount: Int { ends[ends.count - 1] }
    /// Messages.
    var count: Int { ends.count - 1 }

    /// Reads all messages of a capture.
    init(path: String) throws(Failure) {
        var bytes: [UInt8] = []
        let reader = try CaptureReader(path: path)
        while let line = try reader.next() {
            guard line.content == .message else { continue }
            bytes.append(contentsOf: line.payload)
            ends.append(bytes.count)
        }
        block = .allocate(capacity: bytes.count + 64)
        block.initialize(repeating: 0, count: bytes.count + 64)
        block.update(from: bytes, count: bytes.count)
    }

    deinit { block.deallocate() }

    /// One message; 64 bytes after it may be read.
    subscript(_ index: Int) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: block + ends[index], count: ends[index + 1] - ends[index])
    }
}

// Fuzzes the Binance codec as each of the three markets.
// modules: MartletModel MartletBook MartletVenues

import MartletModel
import MartletVenues

/// Reads every text and number that it is handed, so that none points outside the message.
private struct TouchingSink: BinanceSink {
    var total = 0
    var levels = 0
    let steps = StepScale(of: ExactDecimal(mantissa: 25, scale: 4))

    private mutating func touch(_ text: TextSlice?) {
        guard let text else { return }
        for byte in text.bytes { total &+= Int(byte) }
        total &+= text.string.utf8.count
        total &+= text.equals("MARKET") ? 1 : 0
    }

    private mutating func touch(_ number: DecimalText?) {
        guard let number else { return }
        total &+= number.text.utf8.count
        guard steps.steps(number) == nil else { return }
        total &+= steps.problem(with: number) == .offStep ? 1 : 2
    }

    mutating func startMessage() { levels = 0 }
    mutating func level(_ side: Side, price: DecimalText, quantity: DecimalText) {
        levels += 1
        touch(price)
        touch(quantity)
    }
    mutating func depth(_ message: BinanceDepth) { touch(message.symbol) }
    mutating func snapshot(_ message: BinanceSnapshot) {
        touch(message.symbol)
        touch(message.stream)
    }
    mutating func trade(_ message: BinanceTrade) {
        touch(message.symbol)
        touch(message.price)
        touch(message.quantity)
    }
    mutating func quote(_ message: BinanceQuote) {
        touch(message.symbol)
        touch(message.bidPrice)
        touch(message.bidQuantity)
        touch(message.askPrice)
        touch(message.askQuantity)
    }
    mutating func markPrice(_ message: BinanceMarkPrice) {
        touch(message.symbol)
        touch(message.markPrice)
        touch(message.indexPrice)
        touch(message.fundingRate)
    }
    mutating func liquidation(_ message: BinanceLiquidation) {
        touch(message.symbol)
        touch(message.price)
        touch(message.averagePrice)
        touch(message.quantity)
    }
    mutating func bar(_ message: BinanceBar) {
        touch(message.symbol)
        touch(message.interval)
        touch(message.open)
        touch(message.high)
        touch(message.low)
        touch(message.close)
        touch(message.volume)
    }
    mutating func instrument(_ rules: BinanceInstrument) {
        total &+= rules.symbol.utf8.count &+ rules.status.utf8.count
        if let spec = rules.spec { total &+= spec.quantityText(lots: 3).utf8.count }
    }
    mutating func unknown(event: TextSlice?) { touch(event) }
}

/// Called by libFuzzer with each input.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOne(_ data: UnsafePointer<UInt8>, _ count: Int) -> Int32 {
    for product in BinanceProduct.allCases {
        var sink = TouchingSink()
        do throws(DecodingFailure) {
            try BinanceDecoder(product).decode(
                UnsafeBufferPointer(start: data, count: count), into: &sink)
        } catch {
            guard error.offset >= 0, error.offset <= count else {
                fatalError("a failure beyond the message")
            }
        }
        if sink.total == .min { print(sink.total) }
    }
    return 0
}

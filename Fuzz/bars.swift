// Fuzzes the reader of bar files: ordered, exact bars or failures, nothing else.
// modules: MartletModel MartletBook MartletVenues MartletStore MartletImport

import MartletImport
import MartletModel
import MartletStore

/// Called by libFuzzer with each input. The first byte chooses options and the size of the pieces
/// in which the rest is pushed.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOne(_ data: UnsafePointer<UInt8>, _ count: Int) -> Int32 {
    guard count > 0 else { return 0 }
    let choice = data[0]
    let bytes = UnsafeRawBufferPointer(start: data + 1, count: count - 1)
    var options = BarImportOptions()
    options.isStrict = choice & 1 != 0
    if choice & 2 != 0 { options.tickSize = ExactDecimal(mantissa: 25, scale: 2) }
    do throws(Failure) {
        if choice & 4 != 0 { options.columns = try BarColumns("time,volume,open,high,low,close") }
        var reader = BarReader(name: "input", options: options)
        let piece = 1 << Int(choice >> 4)
        for start in stride(from: 0, to: bytes.count, by: piece) {
            try reader.push(
                UnsafeRawBufferPointer(rebasing: bytes[start..<min(start + piece, bytes.count)]))
        }
        check(try reader.finish())
    } catch {
        guard error.kind == .integrity, !error.message.isEmpty else {
            fatalError("an unexpected failure: \(error)")
        }
    }
    return 0
}

/// What was read must be a series that a backtest can rely on.
private func check(_ bars: BarImport) {
    let series = bars.series
    guard series.bars.count >= 2, series.intervalNanoseconds > 0 else { fatalError("too few bars") }
    for (index, bar) in series.bars.enumerated() {
        let prices = [bar.open, bar.high, bar.low, bar.close].map(\.ticks)
        guard prices.allSatisfy({ $0 > 0 && $0 <= 1 << 53 }), bar.volumeE8 >= 0,
            bar.closeTime > bar.openTime
        else { fatalError("an impossible bar") }
        if index > 0, series.bars[index - 1].closeTime > bar.openTime {
            fatalError("bars overlap or are out of order")
        }
    }
    guard !bars.json.line.isEmpty else { fatalError("no summary") }
}

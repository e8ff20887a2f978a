// Bars of any kind into one plain table: oldest first, exact decimals, times in UTC.

import MartletImport
import MartletModel
import MartletStore

/// `data import --format bars`.
enum BarFile {
    /// Reads one bar file and writes it as CSV with the header
    /// `timestamp,open,high,low,close,volume`; `.npy` segments hold no bars.
    ///
    /// - Throws: what reading and writing throw, usage for more than one file.
    static func normalise(_ invocation: Invocation, _ console: Console) throws(Failure) {
        let out = try invocation.required("out")
        guard invocation.positionals.count == 1, let path = invocation.positionals.first else {
            throw Failure(.usage, "--format bars takes one file at a time")
        }
        var options = BarImportOptions()
        options.isStrict = invocation.isOn("strict")
        options.symbol = invocation.text("instrument")
        if let text = invocation.text("columns") { options.columns = try BarColumns(text) }
        options.tickSize = try invocation.parsed("tick", "a plain decimal above 0") { text in
            ExactDecimal(text).flatMap { $0.mantissa > 0 ? $0 : nil }
        }
        let bars = try BarImport.read(path, options)
        for warning in bars.quality.warnings { console.note("\(path): \(warning)") }
        let file = try AtomicFile(path: out)
        try file.write("timestamp,open,high,low,close,volume\n")
        var block = ""
        for bar in bars.series.bars {
            block += line(bar, bars.series.instrument)
            if block.utf8.count > 1 << 16 {
                try file.write(block)
                block = ""
            }
        }
        try file.write(block)
        try file.commit()
        try console.print(
            invocation.wantsJSON
                ? bars.json.line : "\(out): \(bars.series.bars.count) bars of \(path)")
    }

    private static func line(_ bar: Bar, _ instrument: InstrumentSpec) -> String {
        let prices = [bar.open, bar.high, bar.low, bar.close].map(instrument.priceText)
        return Timestamp(nanoseconds: bar.openTime).iso8601 + ","
            + prices.joined(separator: ",") + ","
            + trimmedDecimalText(Int128(bar.volumeE8), scale: 8) + "\n"
    }
}

// Bar files of every kind become exactly the bars they say, or a message that helps.

import Foundation
import MartletImport
import MartletModel
import MartletTesting
import Testing

@Suite("Bar import")
struct BarImportTests {
    /// Reads text as a bar file, pushed in pieces of `piece` bytes.
    private func read(
        _ text: String, _ options: BarImportOptions = BarImportOptions(), piece: Int = 7
    ) throws -> BarImport {
        var reader = BarReader(name: "bars", options: options)
        let bytes = Array(text.utf8)
        for start in stride(from: 0, to: bytes.count, by: piece) {
            try bytes[start..<min(start + piece, bytes.count)].withUnsafeBytes {
                try reader.push($0)
            }
        }
        return try reader.finish()
    }

    private func failure(
        _ text: String, _ options: BarImportOptions = BarImportOptions()
    ) -> Failure? {
        do {
            _ = try read(text, options)
            return nil
        } catch { return error as? Failure }
    }

    private func words(_ bars: BarImport) -> [String] {
        bars.series.bars.map { bar in
            let prices = [bar.open, bar.high, bar.low, bar.close].map(\.ticks)
            return "\(Timestamp(nanoseconds: bar.openTime).iso8601) \(prices) \(bar.volumeE8)"
        }
    }

    static let expected = [
        "2024-01-01T00:00:00Z [1005, 1100, 1000, 1050] 250000000",
        "2024-01-01T01:00:00Z [1050, 1060, 1040, 1041] 1",
    ]

    static let forms: [(String, String)] = [
        (
            "header with time of day",
            "timestamp,open,high,low,close,volume\n2024-01-01 00:00:00.000000,10.05,11.0,10,10.50,2.5\n"
                + "2024-01-01 01:00:00+00:00,10.5,10.6,10.4,10.41,0.00000001\n"
        ),
        (
            "newest first, blank line first, other columns between, CRLF",
            "\r\nDate,Symbol,Open,High,Low,Close,VolumeFrom,VolumeTo\r\n"
                + "2024-01-01 01:00,X,10.5,10.6,10.4,10.41,1e-8,9\r\n"
                + "2024-01-01 00:00,X,10.05,11,10,10.5,2.5,9\r\n"
        ),
        (
            "index without a name, semicolons, quotes",
            "\u{FEFF};\"Open\";High;Low;Close;Volume\n\"2024-01-01T00:00:00Z\";10.05;11;10;10.5;2.5\n"
                + "2024-01-01T01:00:00Z;10.5;10.6;10.4;10.41;1E-8"
        ),
        (
            "Binance archive without header",
            "1704067200000,10.05,11,10,10.5,2.50000000,1704070799999,0,0,0,0,0\n"
                + "1704070800000,10.5,10.6,10.4,10.41,0.00000001,1704074399999,0,0,0,0,0\n"
        ),
        (
            "JSON numbers",
            "[[1704067200000,10.05,11.0,10,10.50,2.5],\n [1704070800000, 10.5,10.6,10.4,10.41,1e-8]]\n"
        ),
        (
            "JSON strings and more fields",
            #"[[1704067200,"10.05","11","10","10.5","2.5",1,"x"],[1704070800,"10.5","10.6","10.4","10.41","0.00000001"]]"#
        ),
    ]

    @Test("every form of the same bars is the same", arguments: forms)
    func form(name: String, text: String) throws {
        for piece in [1, 7, 4096] {
            let bars = try read(text, piece: piece)
            #expect(words(bars) == Self.expected)
            #expect(bars.series.intervalNanoseconds == 3_600_000_000_000)
            #expect(bars.series.instrument.tickSize.description == "0.01")
        }
    }

    @Test("columns without names are read as said, never guessed")
    func columns() throws {
        let text = "1546300800,5,1,2,0.5,1.5\n1546387200,6,1.5,2,1,2\n"
        #expect(failure(text)?.kind == .integrity)
        #expect(failure(text)?.message.contains("--columns") == true)
        var options = BarImportOptions()
        options.columns = try BarColumns("time,volume,open,high,low,close")
        let bars = try read(text, options).series.bars
        #expect(bars[0].volumeE8 == 500_000_000)
        #expect(
            [bars[0].open, bars[0].high, bars[0].low, bars[0].close].map(\.ticks) == [
                10, 20, 5, 15,
            ])
        for wrong in ["time,open", "time,open,high,low,close,close", "time,open,high,low,close,x"] {
            #expect(throws: Failure.self) { try BarColumns(wrong) }
        }
    }

    @Test("the tick is the finest decimal that a price needs, wherever it comes")
    func tick() throws {
        let series = try read(
            "time,open,high,low,close\n2024-01-01,100,100,100,100.0\n2024-01-02,100.5,101,100,100.125\n"
        ).series
        #expect(series.instrument.tickSize.description == "0.001")
        #expect(series.bars.map(\.close.ticks) == [100_000, 100_125])
        var options = BarImportOptions()
        options.tickSize = ExactDecimal("0.25")
        let problem = failure("time,open,high,low,close\n2024-01-01,100,100,100,100.3\n", options)
        #expect(
            problem?.message.contains("line 2: close 100.3 is not a whole number of ticks") == true)
    }

    @Test("gaps, irregular steps, defects, disorder and repeats are counted and kept")
    func quality() throws {
        let text = """
            date,open,high,low,close,volume
            2024-01-01,1,2,1,2,1.123456789
            2024-01-02,1,1,2,2,1
            2024-01-04,1,2,1,2,1
            2024-01-03,1,2,1,2,1
            2024-01-03,1,2,1,2,1
            2024-01-07,1,2,1,2,1
            2024-01-07T12:00,1,2,1,2,1

            """
        let quality = try read(text).quality
        #expect(quality.rows == 6)
        #expect(quality.gaps == 1 && quality.missing == 2)
        #expect(quality.irregular == 1)
        #expect(quality.defects == 1 && quality.firstDefect?.hasPrefix("line 3") == true)
        #expect(quality.disorder == 1 && quality.firstDisorder == "line 5")
        #expect(quality.repeats == 1 && quality.volumesCut == 1)
        var strict = BarImportOptions()
        strict.isStrict = true
        #expect(failure(text, strict)?.message.contains("line 3: defective bar") == true)
    }

    static let header = "time,open,high,low,close,volume\n"
    static let bad: [(String, String)] = [
        ("", "no bars"),
        ("\n\n", "no bars"),
        (header, "no bars"),
        (header + "2024-01-01,1,1,1,1,1\n", "only one bar"),
        ("a,b,c\n1,2,3\n", "line 1: the header names no time"),
        ("time,date,open,high,low,close\n", "could both be the time"),
        (header + "2024-01-01,1,1,1,1,1\n2024-01-02,1,1,x,1,1\n", "line 3: low 'x' is not"),
        (header + "2024-01-01,1,1,1,1,1\n2024-01-02,1,1,1,1\n", "line 3: 5 fields"),
        (header + "2024-01-01,1,1,1,0,1\n", "line 2: close 0 is not above 0"),
        (header + "2024-01-01,-1,1,1,1,1\n", "line 2: open -1 is not above 0"),
        (header + "2024-01-01,1,1,1,1,-1\n", "volume -1 is below 0"),
        (header + "2024-13-01,1,1,1,1,1\n", "line 2: time '2024-13-01' is neither"),
        (header + "1704067200,1,1,1,1,1\n1704067200000,1,1,1,1,1\n", "line 3: time"),
        (header + "1800-01-01,1,1,1,1,1\n", "not between 1900 and 2150"),
        (header + "2024-01-01,1,1,1,0.1234567890123456789,1\n", "too many digits"),
        (header + "2024-01-01,1,1,1,99999999999999999,1\n", "number too large"),
        (
            header + "2024-01-01,1,1,1,9000000,1\n2024-01-02,1,1,1,1.0123456789,1\n",
            "too many digits"
        ),
        (header + "2024-01-01,1,1,1,1,99999999999\n", "volume 99999999999 has too many digits"),
        (header + "2024-01-01,1,1,1,1,1\n2024-01-01,1,1,1,2,1\n", "two bars have the time"),
        (
            header + "2024-01-01,1,1,1,1,1.25\n2024-01-02,1,1,1,1,1.7\n2024-01-03,1,1,1,1,1",
            "cut off"
        ),
        (header + "2024-01-01,1,1,1,1,1.25\n2024-01-03,1,1,1,1", "line 3: 5 fields"),
        (header + String(repeating: "9", count: 70_000), "longer than 65536 bytes"),
        ("[", "byte 1: the file ends within the array"),
        ("[]", "no bars"),
        ("[[1704067200,1,1,1,1,1]", "cut off"),
        ("[[1704067200,1,1,1]]", "bar 1 has 4 fields"),
        ("[[[[[[", "unexpected '['"),
        ("{\"a\":1}", "unexpected '{'"),
        ("[[1704067200,1,1,1,1,null]]", "unexpected 'n'"),
        ("[[1704067200,1,1,1,1,1]]]", "unexpected ']'"),
        ("[[" + String(repeating: "1", count: 100), "longer than 64 characters"),
        ("[[1704067200,1,1,1,1,1],[1704067201,1,x", "byte 39: unexpected 'x'"),
    ]

    @Test("what is wrong is said with its place", arguments: bad)
    func refusals(text: String, words: String) {
        let problem = failure(text)
        #expect(problem?.kind == .integrity)
        #expect(problem?.message.hasPrefix("bars: ") == true)
        #expect(problem?.message.contains(words) == true, "\(problem?.message ?? "accepted")")
    }

    @Test("files: missing, directory, empty, torn")
    func files() throws {
        func kind(_ path: String) -> FailureKind? {
            do throws(Failure) {
                _ = try BarImport.read(path)
                return nil
            } catch { return error.kind }
        }
        let bench = try Workbench()
        #expect(kind(bench.path + "/none.csv") == .notFound)
        #expect(kind(bench.path) == .failure)
        #expect(kind("/dev/null") == .failure)
        let whole = try Data(contentsOf: URL(filePath: Self.hourly))
        for (count, name) in [(200_000, "torn.csv.gz"), (0, "empty.csv")] {
            let file = bench.path + "/" + name
            try whole.prefix(count).write(to: URL(filePath: file))
            #expect(kind(file) == .integrity)
        }
    }

    static let hourly = TestData.packageRoot + "/Data/bars/bitfinex-1h-btc-usd.csv.gz"
    static let daily = TestData.packageRoot + "/Data/bars/indicators_btc_daily_bitcoin.csv"

    @Test("a torn compressed file names its last good line")
    func torn() throws {
        let bench = try Workbench()
        let whole = try Data(contentsOf: URL(filePath: Self.hourly))
        let path = bench.path + "/torn.csv.gz"
        try whole.prefix(200_000).write(to: URL(filePath: path))
        var problem: Failure?
        do throws(Failure) { _ = try BarImport.read(path) } catch { problem = error }
        #expect(problem?.message.contains("; the last good line is ") == true)
    }

    @Test("the shipped files are what their descriptions say")
    func shipped() throws {
        let hourly = try BarImport.read(Self.hourly)
        #expect(hourly.quality.rows == 17_583 && hourly.quality.wasNewestFirst)
        #expect(hourly.quality.disorder == 5 && hourly.quality.defects == 0)
        #expect(hourly.series.intervalNanoseconds == 3_600_000_000_000)
        let daily = try BarImport.read(Self.daily)
        #expect(
            daily.quality.rows == 1_246 && daily.series.instrument.tickSize.description == "0.01")
    }
}

// Tardis tables become the rows that captures of the same messages would, or a message that helps.

import Foundation
import MartletImport
import MartletModel
import MartletStore
import MartletTesting
import Testing

@Suite("Tardis import")
struct TardisImportTests {
    static let changes = "exchange,symbol,timestamp,local_timestamp,is_snapshot,side,price,amount\n"
    static let trades = "exchange,symbol,timestamp,local_timestamp,id,side,price,amount\n"

    private let bench: Workbench

    init() throws { bench = try Workbench() }

    private func table(_ text: String, _ name: String = "table.csv") throws -> String {
        let path = bench.path + "/" + name
        try text.write(toFile: path, atomically: false, encoding: .utf8)
        return path
    }

    /// Imports tables of `X`, tick 0.1, lot 0.01.
    private func run(
        _ paths: [String], _ change: (inout TardisImport.Options) -> Void = { _ in }
    ) throws(Failure) -> TardisImport.Summary {
        var options = TardisImport.Options(
            sources: paths, symbol: "x", tickSize: ExactDecimal(mantissa: 1, scale: 1),
            lotSize: ExactDecimal(mantissa: 1, scale: 2), output: bench.path + "/out.npy")
        change(&options)
        return try TardisImport.run(options)
    }

    private func failure(
        _ paths: [String], _ change: (inout TardisImport.Options) -> Void = { _ in }
    ) -> Failure? {
        do throws(Failure) {
            _ = try run(paths, change)
            return nil
        } catch { return error }
    }

    @Test("rows of one local time are one message, bids then asks; snapshots clear both sides")
    func book() throws {
        let path = try table(
            Self.changes
                + "binance-futures,X,900,1000,true,ask,10.2,3\n"
                + "binance-futures,X,900,1000,true,bid,10.1,1.5\n"
                + "binance-futures,Y,900,1000,true,bid,1,1\n"
                + "binance-futures,X,900,1000,true,bid,10.0,2\n"
                + "binance-futures,X,1100,1200,false,ask,10.2,0\n"
                + "binance-futures,X,1100,1200,false,bid,10.1,1e-2\n"
                + "binance-futures,X,1050,1300,false,bid,10.0,0.00\n"
                + "binance-futures,X,,1300,true,bid,9.9,1\n")
        let summary = try run([path])
        #expect(
            try bench.rows() == [
                "level buy 100x0 900000/1000000 #-1 start+snapshot+snapshotStart+clear",
                "level buy 101x150 900000/1000000 #-1 snapshot",
                "level buy 100x200 900000/1000000 #-1 snapshot",
                "level sell 102x0 900000/1000000 #-1 snapshot+clear",
                "level sell 102x300 900000/1000000 #-1 end+snapshot",
                "level buy 101x1 1100000/1200000 #-1 start",
                "level sell 102x0 1100000/1200000 #-1 end",
                "level buy 100x0 1050000/1300000 #-1 start+end+backwards",
                "level buy 99x0 1300000/1300000 #-1 start+snapshot+snapshotStart+clear+receiveOnly",
                "level buy 99x100 1300000/1300000 #-1 snapshot+receiveOnly",
                "level sell 0x0 1300000/1300000 #-1 end+snapshot+clear+empty+receiveOnly",
            ])
        #expect(summary.otherRows == 1 && summary.lines == 9)
        #expect(summary.sidecar.crossed == 0)
        #expect(summary.sidecar.instrument.id.venue == .binanceUSDM)
        #expect(summary.sidecar.statistics.timesBackwards == 1)
        #expect(failure([path]) { $0.isStrict = true }?.message.contains("line 8") == true)
    }

    @Test("tables are merged by local time, ties in the order given")
    func merge() throws {
        let book = try table(
            Self.changes + "binance,X,1,10,false,bid,1,1\nbinance,X,2,30,false,bid,1,2\n",
            "book.csv")
        let later = try table(Self.changes + "binance,X,3,40,false,bid,1,3\n", "later.csv")
        let trades = try table(
            Self.trades + "binance,X,1,5,77,buy,1,1\nbinance,X,2,30,a-b,sell,1,1\n"
                + "binance,X,3,30,78,unknown,1,1\n", "trades.csv")
        let summary = try run([later, book, trades])
        #expect(
            try bench.rows() == [
                "trade buy 10x100 1000/5000 #77 start+end",
                "level buy 10x100 1000/10000 #-1 start+end",
                "level buy 10x200 2000/30000 #-1 start+end",
                "trade sell 10x100 2000/30000 #-1 start+end",
                "trade - 10x100 3000/30000 #78 start+end+unknown",
                "level buy 10x300 3000/40000 #-1 start+end",
            ])
        #expect(summary.sidecar.sources.map(\.name) == ["later.csv", "book.csv", "trades.csv"])
        #expect(summary.sidecar.instrument.kind == .spot)
        #expect(
            try run([book, trades]) { $0.from = Timestamp(nanoseconds: 30_000) }
                .sidecar.statistics.rows == 3)
    }

    @Test("tables of top levels are snapshots; missing levels are left out")
    func topLevels() throws {
        let path = try table(
            "exchange,symbol,timestamp,local_timestamp,asks[0].price,asks[0].amount,bids[0].price,"
                + "bids[0].amount,asks[1].price,asks[1].amount,bids[1].price,bids[1].amount\n"
                + "bybit,X,1,2,10.2,1,10.1,2,10.3,3,,\n")
        _ = try run([path])
        #expect(
            try bench.rows() == [
                "level buy 101x0 1000/2000 #-1 start+snapshot+snapshotStart+clear",
                "level buy 101x200 1000/2000 #-1 snapshot",
                "level sell 103x0 1000/2000 #-1 snapshot+clear",
                "level sell 102x100 1000/2000 #-1 snapshot",
                "level sell 103x300 1000/2000 #-1 end+snapshot",
            ])
    }

    @Test("a recorded table of top levels", .enabled(if: TestData.shared != nil))
    func recorded() throws {
        let path =
            try #require(TestData.shared)
            + "/data/captures/tardis-csv/binance-futures_book_snapshot_5_BTCUSDT.csv"
        let summary = try run([path]) {
            $0.symbol = "BTCUSDT"
            $0.tickSize = ExactDecimal(mantissa: 1, scale: 2)
            $0.lotSize = ExactDecimal(mantissa: 1, scale: 3)
        }
        #expect(summary.sidecar.statistics.rows == summary.sidecar.statistics.messages * 12)
        let segment = try EventSegment(path: bench.path + "/out.npy")
        try segment.validate()
        #expect(segment.rows[1].price == 1_165_707 && segment.rows[1].quantity == 10_896)
    }

    static let bad: [(String, FailureKind, String)] = [
        ("", .integrity, "empty"),
        ("a,b\n", .integrity, "no column 'exchange'"),
        (
            "exchange,symbol,timestamp,local_timestamp,funding_rate\n", .integrity,
            "no column 'side'"
        ),
        (changes, .notFound, "no row of x; no other instrument either"),
        (changes + "b,Y,1,1,false,bid,1,1\n", .notFound, "there are Y"),
        (changes + "b,X,1,1,false,bid,1\n", .integrity, "line 2: 7 fields where the header has 8"),
        (changes + "b,X,1,1,false,bid,1", .integrity, "the last line is cut off"),
        (changes + "b,X,1,1,false,bid,1,1.5\nb,X,1,1,false,bid,1,1", .integrity, "cut off"),
        (
            changes + "b,X,1,1,false,bid,1.05,1\n", .integrity,
            "field price: 1.05 is not a whole multiple"
        ),
        (changes + "b,X,1,1,false,bid,1,0.001\n", .integrity, "field amount: 0.001 is not"),
        (changes + "b,X,1,1,false,bid,1,-1\n", .integrity, "field amount: -1 is below 0"),
        (changes + "b,X,1,1,false,bid,99999999999999999,1\n", .integrity, "number too large"),
        (changes + "b,X,1,1,false,bid,x,1\n", .integrity, "field price: 'x' is not a plain"),
        (changes + "b,X,1,1,maybe,bid,1,1\n", .integrity, "field is_snapshot: 'maybe'"),
        (changes + "b,X,1,1,false,buy,1,1\n", .integrity, "field side: 'buy' is neither"),
        (changes + "b,X,1.5,1,false,bid,1,1\n", .integrity, "field timestamp: '1.5'"),
        (changes + "b,X,1,,false,bid,1,1\n", .integrity, "field local_timestamp: ''"),
        (changes + "b,X,1,9999999999999999,false,bid,1,1\n", .integrity, "beyond the year 2116"),
        (
            changes + "b,X,1,2,false,bid,1,1\nb,X,1,1,false,bid,1,1\n", .integrity,
            "line 3: local_timestamp 1"
        ),
        (
            changes + "b,X,1,1,false,bid,1,1\nc,X,1,1,false,bid,1,1\n", .integrity,
            "field exchange: 'c'"
        ),
        (trades + "b,X,1,1,7,bid,1,1\n", .integrity, "field side: 'bid' is none of"),
    ]

    @Test("what is wrong is said with its place, and nothing is left behind", arguments: bad)
    func refusals(text: String, kind: FailureKind, words: String) throws {
        let problem = failure([try table(text)])
        #expect(problem?.kind == kind)
        #expect(problem?.message.contains(words) == true, "\(problem?.message ?? "accepted")")
        #expect(bench.files == ["table.csv"])
    }

    @Test("a torn table keeps its complete lines where that is accepted")
    func torn() throws {
        let path = try table(Self.changes + "b,X,1,1,false,bid,1,1\nb,X,2,2,false,bi")
        #expect(failure([path])?.kind == .integrity)
        let summary = try run([path]) { $0.acceptsTorn = true }
        #expect(summary.sidecar.statistics.rows == 1)
        #expect(summary.sidecar.cut?.lastGoodLine == 2)
    }

    @Test("missing tables, no tables, impossible steps")
    func arguments() throws {
        #expect(failure([bench.path + "/none.csv"])?.kind == .notFound)
        #expect(failure([])?.kind == .usage)
        let path = try table(Self.changes + "b,X,1,1,false,bid,1,1\n")
        #expect(failure([path]) { $0.tickSize = .zero }?.kind == .usage)
        #expect(failure([path]) { $0.symbol = "" }?.kind == .usage)
        #expect(failure([path]) { $0.output = self.bench.path + "/none/out.npy" }?.kind == .failure)
    }
}

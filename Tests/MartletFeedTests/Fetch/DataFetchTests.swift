// Fetching: whole files, exact digits, pages of any kind, resuming, limits, refusals.

import MartletFeed
import MartletImport
import MartletModel
import MartletTesting
import Synchronization
import Testing

@Suite("Data fetch")
struct DataFetchTests {
    private func fetch(_ options: FetchOptions) throws -> FetchSummary {
        try DataFetch.run(options) { _ in }
    }

    private func lines(_ folder: TestFolder, _ name: String) -> [String] {
        String(decoding: folder.contents(name), as: UTF8.self).split(separator: "\n").map(
            String.init)
    }

    private static let bars = "binance-usdm/BTCUSDT/bars-1m.csv"

    @Test(
        "pages from either end and of any size give every bar once, digit for digit",
        arguments: [(1000, false), (100, false), (100, true), (30, true), (1441, true)])
    func pages(row: (size: Int, fromEnd: Bool)) throws {
        let venue = try BarVenue()
        let folder = TestFolder()
        venue.pageSize.withLock { $0 = row.size }
        venue.pagesFromEnd.withLock { $0 = row.fromEnd }
        let summary = try fetch(venue.options(folder, 1430, 1450))
        #expect(summary.bars == 20 && summary.chunksFetched == 2)
        let lines = lines(folder, Self.bars)
        #expect(lines.count == 21)
        #expect(lines[0] == "timestamp,open,high,low,close,volume")
        let minute = BarVenue.firstMinute + 1430
        #expect(
            lines[1]
                == "2024-01-02T23:50:00Z,\(minute).10,\(minute).90,\(minute).00,\(minute).50,12.000"
        )
        let read = try BarImport.read(folder.file(Self.bars))
        #expect(read.series.bars.count == 20 && read.quality.gaps == 0)
    }

    @Test("what is complete is not fetched again; a growing chunk is; a damaged one, too")
    func resuming() throws {
        let venue = try BarVenue()
        let folder = TestFolder()
        venue.pageSize.withLock { $0 = 1000 }
        _ = try fetch(venue.options(folder, 0, 1440 + 30, now: 1440 + 30))
        let first = venue.barRequests
        let second = try fetch(venue.options(folder, 0, 1440 + 31, now: 1440 + 31))
        #expect(second.chunksKept == 1 && second.chunksFetched == 1)
        #expect(second.bars == 1440 + 31)
        #expect(venue.barRequests < first + 3)
        let name = "binance-usdm/BTCUSDT/bars/1m/2024-01-02.csv"
        let whole = folder.contents(name)
        folder.write(Array(whole.dropLast(10)), to: name)
        let third = try fetch(venue.options(folder, 0, 1440 + 31, now: 1440 + 31))
        #expect(third.chunksFetched == 2)
        let isRestored = folder.contents(name) == whole
        #expect(isRestored)
    }

    @Test("a bar that is still open is not saved as a finished one")
    func openBar() throws {
        let venue = try BarVenue()
        let folder = TestFolder()
        var options = venue.options(folder, 0, 11, now: 10)
        options.now += 30_000_000_000
        options.to = nil
        #expect(try fetch(options).bars == 10)
    }

    @Test("a hole at the venue is a hole in the file, and does not end the fetch")
    func hole() throws {
        let venue = try BarVenue()
        let first = BarVenue.firstMinute
        for range in [first..<(first + 50), (first + 700)..<(first + 900)] {
            venue.missing.withLock { $0 = range }
            let folder = TestFolder()
            let summary = try fetch(venue.options(folder, 0, 1440))
            #expect(summary.bars == 1440 - Int64(range.count))
        }
    }

    @Test("an empty page of a venue whose requests are cut to a page does not end the fetch")
    func emptyPages() throws {
        let venue = try BarVenue()
        let first = BarVenue.firstMinute
        venue.missing.withLock { $0 = first..<(first + 500) }
        let folder = TestFolder()
        var options = venue.options(folder, 0, 1440)
        options.venue = .okx
        options.symbol = "BTC-USDT"
        #expect(try fetch(options).bars == 940)
    }

    @Test("429 with Retry-After is waited for, 5xx is tried again, then the fetch goes on")
    func patience() throws {
        let venue = try BarVenue()
        let folder = TestFolder()
        venue.faults.withLock {
            $0 = [(429, [("Retry-After", "1")], "{}"), (502, [], "bad gateway")]
        }
        let summary = try fetch(venue.options(folder, 0, 60))
        #expect(summary.bars == 60)
    }

    @Test("a long ban is not waited for, and says when it ends")
    func ban() throws {
        let venue = try BarVenue()
        let folder = TestFolder()
        venue.faults.withLock { $0 = [(418, [("Retry-After", "7200")], "{}")] }
        var failure: Failure?
        do { _ = try fetch(venue.options(folder, 0, 60)) } catch { failure = error as? Failure }
        #expect(failure?.kind == .network)
        #expect(failure?.message.contains("refuses requests for another 71") == true)
    }

    @Test("what the venue refuses or does not know is told in its words")
    func refusals() throws {
        let venue = try BarVenue()
        let folder = TestFolder()
        func kind(_ change: (inout FetchOptions) -> Void) -> (FailureKind?, String) {
            var options = venue.options(folder, 0, 60)
            change(&options)
            do {
                _ = try fetch(options)
                return (nil, "")
            } catch { return ((error as? Failure)?.kind, "\(error)") }
        }
        let unknown = kind { $0.symbol = "BTC/XYZ" }
        #expect(unknown.0 == .notFound && unknown.1.contains("there are BTCUSDT"))
        venue.faults.withLock { $0 = [(400, [], #"{"code":-1120,"msg":"Invalid interval."}"#)] }
        let refused = kind { _ in }
        #expect(refused.0 == .notFound && refused.1.contains("Invalid interval"))
        #expect(kind { $0.interval = BarInterval(seconds: 420) }.0 == .notFound)
        #expect(kind { $0.symbol = "BTC/ USDT" }.0 == .usage)
        #expect(kind { $0.access.base = "http://127.0.0.1:1" }.0 == .network)
        venue.faults.withLock { $0 = [(200, [], "<html>")] }
        #expect(kind { _ in }.0 == .integrity)
    }

    @Test("book and trades are saved as envelopes, with the requests they came from")
    func pictures() throws {
        let venue = try BarVenue()
        let folder = TestFolder()
        var options = venue.options(folder, 0, 60)
        options.parts = ["book", "trades"]
        let summary = try fetch(options)
        #expect(summary.levels == 2 && summary.trades == 1 && summary.files.count == 2)
        let names = folder.files
        let book = try #require(names.first { $0.contains("/book-") })
        #expect(lines(folder, book)[0].contains(#""bids":[["1.10","2.000"]]"#))
        #expect(lines(folder, book)[0].contains(#""instrument":"BTCUSDT""#))
        let trades = try #require(names.first { $0.contains("/trades-") })
        #expect(lines(folder, trades)[0].contains(#""price":"1.10""#))
        let manifest = lines(folder, "binance-usdm/BTCUSDT/manifest.json").joined()
        #expect(manifest.contains("GET /fapi/v1/depth?symbol=BTCUSDT&limit=1000"))
        #expect(names.contains("binance-usdm/BTCUSDT/instrument.jsonl"))
    }
}

// Replay: one order, the same bytes every time, the same as decoding the lines.

import Glibc
import MartletFeed
import MartletModel
import MartletStore
import MartletTesting
import MartletVenues
import Synchronization
import Testing

/// The envelopes of a replay.
func replayed(_ options: ReplayOptions) throws -> (text: String, summary: ReplaySummary) {
    let replay = try FeedReplay(options)
    var bytes: [UInt8] = []
    try replay.run(
        { lines in
            bytes += Array(lines)
            return true
        }, progress: { _ in })
    return (String(decoding: bytes, as: UTF8.self), replay.summary)
}

@Suite("Feed replay")
struct FeedReplayTests {
    static let connection = ConnectionID(venue: .binanceUSDM, number: 1)

    static func trade(_ id: Int, _ symbol: String = "BTCUSDT") -> String {
        "{\"stream\":\"x@aggTrade\",\"data\":{\"e\":\"aggTrade\",\"E\":1795180500000,"
            + "\"s\":\"\(symbol)\",\"a\":\(id),\"p\":\"60000.10\",\"q\":\"0.5\",\"f\":\(id),"
            + "\"l\":\(id),\"T\":1795180500000,\"m\":false}}"
    }

    /// A recording of one connection in several segments.
    func recording(_ count: Int) throws -> TestFolder {
        let folder = TestFolder()
        var settings = CaptureArchiveSettings(root: folder.path, run: 7)
        settings.segmentBytes = 5000
        let recorder = try CaptureRecorder(settings) { _ in }
        for index in 1...count {
            recorder.take(
                Self.trade(index, index % 2 == 0 ? "BTCUSDT" : "ETHUSDT"), of: Self.connection,
                at: afternoon + Int64(index) * 1_000_000)
        }
        _ = try recorder.finish()
        return folder
    }

    @Test("segments follow each other, and every run gives the same bytes")
    func determinism() throws {
        let folder = try recording(200)
        #expect(folder.files.count { $0.hasSuffix(".zst") } > 3)
        let options = ReplayOptions(
            CaptureSelection(paths: [folder.path]), filter: try EnvelopeFilter())
        let first = try replayed(options)
        let second = try replayed(options)
        #expect(first.text == second.text)
        let lines = first.text.split(separator: "\n").filter { $0.contains("\"type\":\"trade\"") }
        #expect(lines.count == 200)
        for (index, line) in lines.enumerated() {
            #expect(line.contains("\"sequence\":\(index + 1),"))
            #expect(line.contains("\"id\":\"\(index + 1)\""))
        }
        #expect(first.summary.counts.decoded == 200 && first.summary.connections == 1)
    }

    @Test("times, types and instruments choose envelopes, and not the numbers of their messages")
    func filters() throws {
        let folder = try recording(100)
        var options = ReplayOptions(
            CaptureSelection(paths: [folder.path]),
            filter: try EnvelopeFilter(types: ["trade"], instruments: ["ethusdt"]))
        options.from = afternoon + 10_000_000
        options.to = afternoon + 20_000_000
        let lines = try replayed(options).text.split(separator: "\n")
        #expect(lines.count == 5)
        #expect(lines.first?.contains("\"sequence\":11,") == true)
        #expect(lines.allSatisfy { $0.contains("ETHUSDT") })
        options.from = nil
        options.filter = try EnvelopeFilter(types: ["bar"])
        #expect(try replayed(options).text.isEmpty)
        #expect(throws: Failure.self) { _ = try EnvelopeFilter(types: ["trades"]) }
    }

    @Test("equals the decoding of the lines of the shipped capture")
    func sameAsDecoding() throws {
        var options = ReplayOptions(
            CaptureSelection(paths: [TestData.shippedCapture]), filter: try EnvelopeFilter())
        options.isStateless = true
        let replay = try replayed(options)
        var decoding = LineDecoding(try #require(VenueCatalog.adapter(for: .binanceUSDM)))
        let lines = try LineReader(path: TestData.shippedCapture)
        var count = 0
        var text = ""
        while let line = try lines.next() {
            _ = decoding.take(line)
            count += 1
            if decoding.writer.count > 1 << 18 {
                text += String(decoding: decoding.writer.lines, as: UTF8.self)
                decoding.writer.removeAll()
            }
        }
        text += String(decoding: decoding.writer.lines, as: UTF8.self)
        #expect(count == 74_655)
        let isEqual = text == replay.text
        #expect(isEqual)
    }

    @Test(
        "lines of equal time come by venue, run and connection; a clock set back keeps file order")
    func order() throws {
        let folder = TestFolder()
        for run in [2, 1] as [Int64] {
            let recorder = try CaptureRecorder(.init(root: folder.path, run: run)) { _ in }
            for (venue, number) in [(VenueID.okx, 2), (.bybitSpot, 1), (.okx, 1)] {
                for (index, time) in [5, 3, 5].enumerated() {
                    recorder.take(
                        "{\"run\":\(run),\"n\":\(index)}",
                        of: ConnectionID(venue: venue, number: number),
                        at: afternoon + Int64(time))
                }
            }
            _ = try recorder.finish()
        }
        let lines = try recorded(folder.path)
        var expected: [String] = []
        for (name, run) in [
            ("bybit-spot/1", 1), ("bybit-spot/1", 2), ("okx/1", 1), ("okx/2", 1), ("okx/1", 2),
            ("okx/2", 2),
        ] {
            for (index, time) in [5, 3, 5].enumerated() {
                expected.append("\(name) \(index + 1) \(time) {\"run\":\(run),\"n\":\(index)}")
            }
        }
        #expect(lines == expected)
    }

    @Test(
        "speeds",
        arguments: [
            ("max", ReplaySpeed.maximum), ("1x", .thousandths(1000)), ("x10", .thousandths(10_000)),
            ("0.5x", .thousandths(500)), ("2.50x", .thousandths(2500)), ("0x", nil), ("x", nil),
            ("-1x", nil), ("fast", nil), ("1", nil), ("0.0001x", nil), ("1e3x", nil),
        ] as [(String, ReplaySpeed?)])
    func speeds(row: (text: String, speed: ReplaySpeed?)) {
        #expect(ReplaySpeed(row.text) == row.speed)
    }

    @Test(
        "a replay keeps the order and the pace of what was received, in time of its own",
        arguments: [("1x", 1, 1), ("x10", 10, 1), ("0.5x", 1, 2), ("max", 0, 1)])
    func pace(row: (text: String, times: Int64, slower: Int64)) throws {
        let folder = TestFolder()
        let recorder = try CaptureRecorder(.init(root: folder.path, run: 1)) { _ in }
        // Two connections, in turn, at 0, 1, 3, 6, 10 … ms; and a pause of a minute.
        var time = afternoon
        var times: [Int64] = []
        for index in 0..<60 {
            time += Int64(index) * 1_000_000 + (index == 40 ? 60_000_000_000 : 0)
            times.append(time)
            recorder.take(
                #"{"arg":{"channel":"trades","instId":"BTC-USDT"},"data":[{"instId":"BTC-USDT","#
                    + #""tradeId":"\#(index)","px":"1","sz":"1","side":"buy","ts":"1795180500000"}]}"#,
                of: ConnectionID(venue: .okx, number: index % 2), at: time)
        }
        _ = try recorder.finish()
        let now = Mutex<Int64>(7)
        let longest = Mutex<Int64>(0)
        let clock = ReplayClock(now: { now.withLock { $0 } }) { nanoseconds in
            now.withLock { $0 += nanoseconds }
            longest.withLock { $0 = max($0, nanoseconds) }
        }
        var options = ReplayOptions(
            CaptureSelection(paths: [folder.path]), filter: try EnvelopeFilter(types: ["trade"]))
        options.speed = try #require(ReplaySpeed(row.text))
        var moments: [(id: Int, at: Int64)] = []
        try FeedReplay(options, clock: clock).run(
            { lines in
                let text = String(decoding: lines, as: UTF8.self)
                for line in text.split(separator: "\n") {
                    let id = line.split(separator: "\"id\":\"")[1].prefix { $0.isNumber }
                    moments.append((Int(id) ?? -1, now.withLock { $0 }))
                }
                return true
            }, progress: { _ in })
        #expect(moments.map(\.id) == Array(0..<60))
        guard row.times > 0 else {
            #expect(longest.withLock { $0 } == 0)
            return
        }
        // What is due leaves before the wait for the next one: at its own moment, to the ns.
        let due = times.map { ($0 - times[0]) * row.slower / row.times + 7 }
        #expect(moments.map(\.at) == due)
        #expect(longest.withLock { $0 } == 100_000_000)
    }

    @Test("captures that do not say whose they are need a venue")
    func unknownVenue() throws {
        let folder = TestFolder()
        folder.write(Array("1 {}\n".utf8), to: "a.gz")
        var selection = CaptureSelection(paths: [folder.path])
        #expect(throws: Failure.self) { _ = try CaptureMerge(selection) }
        selection.venue = .okx
        _ = try CaptureMerge(selection)
        selection.paths = [folder.file("missing")]
        #expect(throws: Failure.self) { _ = try CaptureMerge(selection) }
    }

    @Test("a damaged segment ends its connection after what can be read, and is told at the end")
    func damage() throws {
        let folder = try recording(200)
        let segments = folder.files.filter { $0.hasSuffix(".zst") }.sorted()
        var bytes = folder.contents(segments[1])
        for index in bytes.count / 2..<bytes.count / 2 + 4 { bytes[index] ^= 0x55 }
        folder.write(bytes, to: segments[1])
        var selection = CaptureSelection(paths: [folder.path])
        selection.goesOnAfterDamage = true
        let replay = try FeedReplay(ReplayOptions(selection, filter: try EnvelopeFilter()))
        var delivered = 0
        let failure = #expect(throws: Failure.self) {
            try replay.run(
                { lines in
                    delivered += lines.count { $0 == UInt8(ascii: "\n") }
                    return true
                }, progress: { _ in })
        }
        #expect(failure?.kind == .integrity)
        #expect(delivered > 0 && delivered < 200)
    }

    @Test("a segment without its seal is named")
    func unsealed() throws {
        let folder = try recording(20)
        let seal = try #require(folder.files.first { $0.hasSuffix(".json") })
        try #require(unlink(folder.file(seal)) == 0)
        let options = ReplayOptions(
            CaptureSelection(paths: [folder.path]), filter: try EnvelopeFilter())
        #expect(try replayed(options).summary.notes.contains { $0.contains("not sealed") })
    }
}

// `feed mux` against a venue server, both as programs: sources that change, names, compression.

import Glibc
import Testing

/// A synthetic venue server as a program of its own.
private struct ListeningVenue {
    let name: String
    let port: Int
    private let running: RunningProgram

    init(_ name: String, _ more: [String] = []) throws {
        self.name = name
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw TestProblem(message: "no pipe") }
        defer { for end in ends { close(end) } }
        running = try RunningProgram.start(
            ["venue", "serve", name, "--synthetic", "--seed", "3", "--print-port"] + more,
            outputTo: ends[1])
        var text = ""
        var byte: UInt8 = 0
        // The first line comes once it listens.
        while read(ends[0], &byte, 1) == 1, byte != 10 { text.append(Character(.init(byte))) }
        guard let place = text.firstRange(of: "\"port\":"),
            let port = Int(text[place.upperBound...].prefix { $0.isNumber })
        else { throw TestProblem(message: "\(name) does not tell its port: \(text)") }
        self.port = port
    }

    var url: String { "ws://127.0.0.1:\(port)" }

    func stop() -> FinishedProgram {
        running.send(SIGTERM)
        return running.finish()
    }
}

@Suite("feed mux, running")
struct FeedMuxRunTests {
    /// Waits until a file holds a text, for at most 30 s.
    private func waits(_ file: String, for text: String) -> Bool {
        for _ in 0..<3_000 {
            if RunningProgram.contents(file).contains(text) { return true }
            usleep(10_000)
        }
        return false
    }

    @Test("sources of a file change on SIGHUP; what goes says so; a bad line changes nothing")
    func sourcesFile() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let venue = try ListeningVenue("okx")
        let list = try folder.write(
            "okx:BTC-USDT-SWAP:l2 # a book\nokx:BTC-USDT-SWAP:bbo\n", to: "sources")
        let out = folder.path + "/out"
        let mux = try RunningProgram.start([
            "feed", "mux", "--sources-file", list, "--url", venue.url, "--out", out, "--quiet",
        ])
        #expect(waits(out, for: #""type":"book_ticker""#))
        #expect(waits(out, for: #""type":"book_snapshot""#))
        _ = try folder.write("okx:BTC-USDT-SWAP:l2\nokx:ETH-USDT-SWAP\n", to: "sources")
        mux.send(SIGHUP)
        usleep(300_000)
        _ = try folder.write("okx:BTC-USDT-SWAP:l2\nokx:ETH-USDT-SWAP:trades\n", to: "sources")
        mux.send(SIGHUP)
        #expect(waits(out, for: #""instrument":"ETH-USDT-SWAP","channel":"trades""#))
        #expect(waits(out, for: #""reason":"ended""#))
        mux.send(SIGTERM)
        let finished = mux.finish()
        _ = venue.stop()
        #expect(finished.code == 0)
        #expect(
            finished.errors.contains("\(list), line 2: 'okx:ETH-USDT-SWAP' is not VENUE:SYMBOL"))
        #expect(!finished.errors.contains("--source"))
        let lines = RunningProgram.contents(out).split(separator: "\n")
        let ends = lines.filter { $0.contains(#""type":"disconnect""#) }
        #expect(ends.count == 1)
        #expect(
            ends.first?.contains(#""instrument":"BTC-USDT-SWAP","channel":"bbo""#) == true)
        let end = try #require(lines.firstIndex { $0.contains(#""type":"disconnect""#) })
        #expect(!lines[end...].contains { $0.contains(#""type":"book_ticker""#) })
    }

    struct Name: Sendable, CustomTestStringConvertible {
        let venue: String
        let symbol: String
        var testDescription: String { "\(venue) \(symbol)" }
    }

    static let wrongNames = [
        Name(venue: "okx", symbol: "NOSUCH"), Name(venue: "okx", symbol: "BTC-USDT-SWAPA"),
        Name(venue: "binance-usdm", symbol: "NOSUCH"), Name(venue: "mexc-spot", symbol: "nosuch!"),
        Name(venue: "bybit-linear", symbol: "ZZZ*"), Name(venue: "hyperliquid", symbol: "NOSUCH"),
    ]

    @Test("a symbol or pattern that the venue does not have ends it with 4", arguments: wrongNames)
    func wrongName(name: Name) throws {
        let venue = try ListeningVenue(name.venue)
        let mux = try RunningProgram.start([
            "feed", "mux", "--source", "\(name.venue):\(name.symbol):trades,l2", "--url",
            venue.url, "--duration", "60s", "--quiet",
        ])
        let finished = mux.finish()
        _ = venue.stop()
        #expect(finished.code == 4)
        #expect(finished.errors.uppercased().contains("'\(name.symbol.uppercased())'"))
    }

    @Test("beside a source that is alive, a wrong name is said and the mux goes on")
    func wrongNameBeside() throws {
        let venue = try ListeningVenue("okx")
        let finished = try RunningProgram.run([
            "feed", "mux", "--source", "okx:NOSUCH:trades", "--source", "okx:ZZZ*:l2", "--source",
            "okx:BTC-USDT-SWAP:l2", "--url", venue.url, "--duration", "5s", "--quiet",
        ])
        _ = venue.stop()
        #expect(finished.code == 0)
        #expect(finished.output.contains("book_change"))
        let lines = finished.errors.split(separator: "\n")
        #expect(lines.count { $0.contains("'NOSUCH'") } == 1)
        #expect(lines.count { $0.contains("'ZZZ*'") } == 1)
    }

    @Test("a path in --url that a channel does not live on is named as the cause")
    func pathOfURL() throws {
        let venue = try ListeningVenue("okx")
        let finished = try RunningProgram.run([
            "feed", "mux", "--source", "okx:BTC-USDT-SWAP:bars", "--url",
            venue.url + "/ws/v5/public", "--duration", "5s", "--quiet",
        ])
        _ = venue.stop()
        #expect(finished.code == 4)
        #expect(finished.errors.contains("leave the path out"))
        #expect(finished.errors.contains("/ws/v5/business"))
    }

    @Test("compressed messages are asked for, and give the same books")
    func deflate() throws {
        let venue = try ListeningVenue("okx")
        let finished = try RunningProgram.run([
            "feed", "mux", "--source", "okx:BTC-USDT-SWAP:l2,trades", "--url", venue.url,
            "--count", "200", "--deflate", "--quiet",
        ])
        let served = venue.stop()
        #expect(finished.code == 0)
        #expect(finished.output.split(separator: "\n").count == 200)
        #expect(!finished.output.contains(#""type":"gap""#))
        #expect(served.code == 0)
    }
}

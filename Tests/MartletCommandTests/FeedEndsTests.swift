// How recordings and streams end when the world ends them: full disks, closed pipes; and proxies.

import Glibc
import Testing

@Suite("Ends of feeds", .serialized)
struct FeedEndsTests {
    /// A whole number in a line of JSON or words; nil where it is missing.
    private func number(_ name: String, in text: String) -> Int? {
        let parts = text.split(separator: "\"\(name)\":", maxSplits: 1)
        return parts.count == 2 ? Int(parts[1].prefix { $0.isNumber }) : nil
    }

    @Test(
        "a disk that is full ends a recording with 1; what was not refused is there",
        .enabled(if: SmallDisk.isPossible), arguments: [96, 400])
    func fullDisk(kilobytes: Int) throws {
        let disk = try SmallDisk(kilobytes: kilobytes)
        defer { disk.remove() }
        let run = try RunningProgram.run([
            "feed", "record", "--synthetic", "20000", "--out", disk.folder.path + "/captures",
            "--duration", "60s", "--json",
        ])
        #expect(run.code == 1, "\(run.errors)")
        #expect(run.errors.contains("the disk is full"))
        #expect(run.errors.contains("everything up to the last whole frame is kept"))
        let kept = try RunningProgram.run([
            "feed", "replay", disk.folder.path + "/captures", "--json",
        ])
        #expect(kept.code == 0, "\(kept.errors)")
        let taken = try #require(number("messages", in: run.output))
        let refused = try #require(number("refused", in: run.output))
        #expect(number("frames", in: kept.output) == taken - refused)
        #expect(taken > refused && refused > 0)
    }

    @Test("a quota keeps a recording going on a small disk", .enabled(if: SmallDisk.isPossible))
    func quota() throws {
        let disk = try SmallDisk(kilobytes: 1200)
        defer { disk.remove() }
        let run = try RunningProgram.run([
            "feed", "record", "--synthetic", "20000", "--out", disk.folder.path, "--json",
            "--quota-bytes", "600000", "--segment-bytes", "1000000", "--duration", "4s",
        ])
        #expect(run.code == 0, "\(run.errors)")
        #expect(number("dropped", in: run.output) == 0)
        #expect(run.output.contains("\"removed\":[\""))
        let quality = try RunningProgram.run(["data", "quality", disk.folder.path, "--json"])
        #expect(quality.code == 0, "\(quality.errors)")
        #expect(quality.output.contains("\"gaps\":0"))
    }

    @Test(
        "a mux whose file's disk is full ends with 1, and its file with a line",
        .enabled(if: SmallDisk.isPossible))
    func fullDiskOfStream() throws {
        let venue = try ServedVenue("okx", ["--speed", "x10"])
        let disk = try SmallDisk(kilobytes: 64)
        defer { disk.remove() }
        let run = try RunningProgram.run([
            "feed", "mux", "--source", "okx:BTC-USDT-SWAP:trades,l2,bbo", "--url",
            "okx=ws://127.0.0.1:\(venue.port)", "--out", disk.folder.path + "/stream.jsonl",
            "--duration", "60s", "--quiet",
        ])
        #expect(run.code == 1, "\(run.errors)")
        #expect(run.errors.contains("No space left on device"), "\(run.errors)")
        let text = try RunningProgram.shell("cat '\(disk.folder.path)/stream.jsonl'").output
        #expect(text.hasSuffix("}\n") && text.count > 32_768)
    }

    @Test("a named pipe whose reader leaves ends a mux, also where lines are appended")
    func namedPipe() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let venue = try ServedVenue("okx")
        let pipe = folder.path + "/pipe"
        let run = try RunningProgram.shell(
            "mkfifo '\(pipe)' && { head -n 3 '\(pipe)' & } && timeout 60 '\(RunningProgram.binary)' "
                + "feed mux --source okx:BTC-USDT-SWAP:trades,l2 --url "
                + "okx=ws://127.0.0.1:\(venue.port) --out '\(pipe)' --append --quiet")
        #expect(run.code == 0, "\(run.errors)")
        #expect(run.output.split(separator: "\n").count == 3)
    }

    @Test("what is appended behind a torn line begins with a line of its own")
    func appended() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let venue = try ServedVenue("okx")
        let file = folder.path + "/stream.jsonl"
        _ = try RunningProgram.shell("printf '{\"torn' > '\(file)'")
        let run = try RunningProgram.run([
            "feed", "mux", "--source", "okx:BTC-USDT-SWAP:trades", "--url",
            "okx=ws://127.0.0.1:\(venue.port)", "--out", file, "--append", "--count", "3",
            "--quiet",
        ])
        #expect(run.code == 0, "\(run.errors)")
        let lines = try RunningProgram.shell("cat '\(file)'").output.split(separator: "\n")
        #expect(lines.count == 4 && lines.first == "{\"torn")
        #expect(lines.dropFirst().allSatisfy { $0.hasPrefix(#"{"v":1,"#) && $0.hasSuffix("}") })
    }

    @Test("a reader that goes away ends a replay and a mux in order, and no recording")
    func closedPipe() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let venue = try ServedVenue("okx")
        let source =
            "--source okx:BTC-USDT-SWAP:trades,l2 --url okx=ws://127.0.0.1:\(venue.port)"
        let commands = [
            "feed record \(source) --duration 3s --out '\(folder.path)' --envelopes -",
            "feed replay '\(folder.path)' --envelopes - --speed x0.01", "feed mux \(source)",
        ]
        for command in commands {
            // What does not end by itself is ended, which `timeout` tells by 124.
            let run = try RunningProgram.shell(
                "timeout 60 '\(RunningProgram.binary)' \(command) | head -n 3; "
                    + "exit ${PIPESTATUS[0]}")
            #expect(run.code == 0, "\(command): \(run.errors)")
            #expect(run.output.split(separator: "\n").count == 3)
            #expect(run.errors.contains("goes on") == command.contains("record"))
        }
        let quality = try RunningProgram.run(["data", "quality", folder.path, "--json"])
        #expect(quality.code == 0, "\(quality.errors)")
        #expect(quality.output.contains("\"sealed\":1"))
    }

    struct Proxy: CustomTestStringConvertible, Sendable {
        let environment: [String], isLive: Bool
        var testDescription: String { environment.joined(separator: " ") }
    }

    /// Nobody listens at port 1.
    private static let dead = "http://ann:secret@127.0.0.1:1"

    static let proxies = [
        Proxy(environment: ["http_proxy=\(dead)"], isLive: false),
        Proxy(environment: ["HTTP_PROXY=\(dead)"], isLive: false),
        Proxy(environment: ["all_proxy=\(dead)"], isLive: false),
        Proxy(environment: ["ALL_PROXY=socks5://ann:secret@127.0.0.1:1"], isLive: false),
        Proxy(environment: ["https_proxy=\(dead)"], isLive: true),
        Proxy(environment: ["http_proxy=\(dead)", "no_proxy=127.0.0.1"], isLive: true),
        Proxy(environment: ["HTTP_PROXY=\(dead)", "NO_PROXY=localhost,127.0.0.0/8"], isLive: true),
        Proxy(environment: ["ALL_PROXY=\(dead)", "NO_PROXY=*"], isLive: true),
    ]

    @Test("proxies of the environment are taken, and their passwords told to nobody")
    func proxies() throws {
        let venue = try ServedVenue("okx")
        for row in Self.proxies {
            let run = try RunningProgram.run(
                [
                    "feed", "mux", "--source", "okx:BTC-USDT-SWAP:trades,l2", "--url",
                    "okx=ws://127.0.0.1:\(venue.port)", "--duration",
                    row.isLive ? "20s" : "2s", "--type", "trade,book_snapshot", "--count", "1",
                ], environment: row.environment)
            #expect(run.code == (row.isLive ? 0 : 5), "\(row): \(run.errors)")
            #expect(run.output.isEmpty != row.isLive)
            #expect(!run.errors.contains("secret"))
        }
        let fetch = try RunningProgram.run(
            [
                "data", "fetch", "--venue", "okx", "--symbol", "BTC-USDT-SWAP", "--only",
                "book", "--rest-url", "http://127.0.0.1:\(venue.port)", "--out", "/nowhere",
            ], environment: ["ALL_PROXY=socks5://ann:secret@127.0.0.1:1"])
        #expect(fetch.code == 5, "\(fetch.errors)")
        #expect(fetch.errors.contains("proxy") && !fetch.errors.contains("secret"))
    }
}

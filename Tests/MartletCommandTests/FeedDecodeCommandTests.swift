// `feed decode` as a user runs it: files, pipes, slow pipes, damage, exit codes.

import Glibc
import Testing

@Suite("Feed decode", .serialized)
struct FeedDecodeCommandTests {
    private static let quote =
        #"{"e":"bookTicker","u":4009,"E":1568014460893,"T":1568014460891,"s":"BNBUSDT","#
        + #""b":"25.350","B":"31.21","a":"25.36","A":"40"}"#

    struct Row: CustomTestStringConvertible, Sendable {
        let text: String
        var flags: [String] = []
        let code: Int32
        let counts: String
        var testDescription: String { String(text.prefix(60)) }
    }

    static let rows = [
        Row(text: "", code: 0, counts: "0,0,0,0,0,0"),
        Row(text: "\n# nothing\n\n", flags: ["--strict"], code: 0, counts: "0,0,0,0,0,0"),
        Row(text: "1 \(quote)\n2 \(quote)", flags: ["--strict"], code: 0, counts: "2,2,0,0,0,0"),
        Row(text: "1 \(quote)\nhello\n3 {\"e\":\"new\"}\n", code: 0, counts: "3,1,0,1,0,1"),
        Row(text: "hello\n", flags: ["--strict"], code: 9, counts: "1,0,0,0,0,1"),
        Row(text: "3 {\"e\":\"new\"}\n", flags: ["--strict"], code: 9, counts: "1,0,0,1,0,0"),
    ]

    private static func json(_ counts: String) -> String {
        let names = ["frames", "decoded", "control", "unknown", "dead", "errors"]
        let members = zip(names, counts.split(separator: ",")).map { "\"\($0)\":\($1)" }
        return "{" + members.joined(separator: ",") + "}"
    }

    @Test("ends with the counts on standard error, and with the right code", arguments: rows)
    func counts(row: Row) throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let file = try folder.write(row.text, to: "lines")
        let finished = try RunningProgram.run(
            ["feed", "decode", "--venue", "binance", file] + row.flags)
        #expect(finished.code == row.code)
        #expect(finished.errors.split(separator: "\n").last == Self.json(row.counts)[...])
        #expect(finished.output.split(separator: "\n").allSatisfy { $0.hasPrefix("{\"v\":1,") })
        // The same from standard input.
        let input = open(file, O_RDONLY)
        defer { close(input) }
        let again = try RunningProgram.start(
            ["feed", "decode", "--venue=binance-usdm"] + row.flags, inputFrom: input
        ).finish()
        #expect(again.code == row.code)
        #expect(again.output == finished.output)
    }

    @Test("complaints are bounded, and what was not said is counted")
    func complaints() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        var text = String(repeating: "bad\n", count: 100)
        for number in 0..<500 { text += "1 {\"e\":\"kind\(number % 200)\"}\n" }
        let file = try folder.write(text, to: "lines")
        let finished = try RunningProgram.run(["feed", "decode", "--venue", "binance", file])
        #expect(finished.errors.contains("line 1: error: expected a receive time"))
        #expect(finished.errors.contains("80 more errors"))
        #expect(finished.errors.contains("unknown message: event kind0: 3 lines"))
        #expect(finished.errors.split(separator: "\n").count < 120)
        #expect(finished.errors.hasSuffix(Self.json("600,0,0,500,0,100") + "\n"))
    }

    @Test("the shipped capture decodes whole, from a file and from a pipe")
    func shipped() throws {
        let finished = try RunningProgram.run(
            ["feed", "decode", "--venue", "binance-usdm", "--strict", Shipped.capture])
        #expect(finished.code == 0)
        #expect(finished.errors == Self.json("74655,74655,0,0,0,0") + "\n")
        #expect(finished.output.utf8.filter { $0 == 10 }.count == 74_655)
    }

    @Test("a cut gzip file gives its whole lines and exit code 9")
    func cut() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let part = folder.path + "/part.gz"
        try #require(system("head -c 100000 '\(Shipped.capture)' > '\(part)'") == 0)
        let finished = try RunningProgram.run(["feed", "decode", "--venue", "binance", part])
        #expect(finished.code == 9)
        #expect(finished.errors.contains("the gzip stream is cut off at byte 100000"))
        #expect(finished.errors.split(separator: "\n").last == Self.json("1994,1994,0,0,0,0")[...])
        #expect(finished.output.utf8.filter { $0 == 10 }.count == 1994)
    }

    @Test("a line that came through a pipe is answered before the next one comes")
    func prompt() throws {
        var input: [Int32] = [0, 0]
        var output: [Int32] = [0, 0]
        try #require(pipe(&input) == 0 && pipe(&output) == 0)
        // The child must not keep these ends open.
        _ = fcntl(input[1], F_SETFD, FD_CLOEXEC)
        _ = fcntl(output[0], F_SETFD, FD_CLOEXEC)
        let program = try RunningProgram.start(
            ["feed", "decode", "--venue", "binance"], outputTo: output[1], inputFrom: input[0])
        close(input[0])
        close(output[1])
        let line = "1 \(Self.quote)\n"
        for _ in 0..<3 {
            #expect(write(input[1], line, line.utf8.count) == line.utf8.count)
            var wanted = pollfd(fd: output[0], events: Int16(POLLIN), revents: 0)
            #expect(poll(&wanted, 1, 30_000) == 1, "an envelope comes while the pipe is open")
            var block = [UInt8](repeating: 0, count: 65_536)
            let count = read(output[0], &block, block.count)
            #expect(count > 0 && block[count - 1] == 10)
        }
        close(input[1])
        #expect(program.finish().code == 0)
        close(output[0])
    }

    @Test("a reader that goes away is no failure")
    func closedPipe() throws {
        var output: [Int32] = [0, 0]
        try #require(pipe(&output) == 0)
        close(output[0])
        let program = try RunningProgram.start(
            ["feed", "decode", "--venue", "binance", Shipped.capture], outputTo: output[1])
        close(output[1])
        let finished = program.finish()
        #expect(finished.code == 0)
        #expect(finished.errors.hasPrefix("{\"frames\":"))
    }

    struct WrongWord: CustomTestStringConvertible, Sendable {
        let arguments: [String]
        let code: Int32
        let says: String
        var testDescription: String { arguments.joined(separator: " ") }
    }

    static let wrongWords = [
        WrongWord(arguments: [], code: 2, says: "--venue ID is missing"),
        WrongWord(
            arguments: ["--venue", "binance-usd"], code: 2, says: "did you mean 'binance-usdm'"),
        WrongWord(arguments: ["--venue", "binance", "/no/such"], code: 4, says: "/no/such"),
        WrongWord(arguments: ["--venue", "binance", "/tmp"], code: 1, says: "directory"),
    ]

    @Test("wrong words are answered with what is right", arguments: wrongWords)
    func wrongWord(row: WrongWord) throws {
        let finished = try RunningProgram.run(["feed", "decode"] + row.arguments)
        #expect(finished.code == row.code)
        #expect(finished.errors.contains(row.says))
        #expect(finished.output.isEmpty)
    }
}

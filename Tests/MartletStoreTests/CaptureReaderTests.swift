// Captures in: every line of good files, and the right words for bad ones.

import Glibc
import MartletModel
import MartletStore
import Testing

/// All lines of a capture as text, with what was cut.
func readCapture(
    _ path: String, acceptTorn: Bool = false
) throws -> (lines: [String], cut: CutTail?) {
    let reader = try CaptureReader(path: path, acceptTorn: acceptTorn)
    var lines: [String] = []
    while let line = try reader.next() {
        let mark = line.content == .recorderFact ? "#" : ""
        lines.append(
            "\(line.number):\(line.receiveTime) \(mark)"
                + String(decoding: line.payload, as: UTF8.self))
    }
    return (lines, reader.cut)
}

@Suite("Capture reader")
struct CaptureReaderTests {
    static let three = [
        "1:1723161255088156767 "
            + #"{"stream":"ethusdt@trade","data":{"e":"trade","p":"2677.30"}}"#,
        #"2:1723161255088156768 #gap {"lost":3}"#,
        #"4:1723161255088156769 {"a":[1,2,{"b":"\""}]}"#,
    ]

    @Test("reads plain lines, blank lines, CRLF and recorder facts")
    func plain() throws {
        let directory = TemporaryDirectory()
        let path = directory.write(
            "1723161255088156767 {\"a\":1}\r\n\n2 #gap {}\n3 {\"b\":2}", to: "a")
        let read = try readCapture(path)
        #expect(
            read.lines == ["1:1723161255088156767 {\"a\":1}", "3:2 #gap {}", "4:3 {\"b\":2}"])
        #expect(read.cut == nil)
    }

    @Test(
        "reads the same lines from every container",
        arguments: [
            "capture-gzip/one-member", "capture-gzip/padding", "capture-gzip/plain",
            "capture-zstd/one-frame", "capture-zstd/skippable",
        ])
    func containers(name: String) throws {
        #expect(try readCapture(corpus(name)).lines == Self.three)
    }

    @Test(
        "goes on after the first member or frame",
        arguments: [("capture-gzip/two-members", 3 + 60), ("capture-zstd/two-frames", 3 + 90)])
    func concatenated(name: String, count: Int) throws {
        let lines = try readCapture(corpus(name)).lines
        #expect(lines.count == count)
        #expect(lines.prefix(3) == Self.three[...])
    }

    @Test("streams what does not fit one piece, over member and buffer limits alike")
    func streaming() throws {
        // An empty last member hides the size of the others, so nothing is decoded in one go.
        let member = contents(of: corpus("capture-gzip/two-members"))
        let empty: [UInt8] = [
            0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        ]
        let directory = TemporaryDirectory()
        let path = directory.write(
            Array((0..<500).map { _ in member }.joined()) + empty, to: "a.gz")
        let reader = try CaptureReader(path: path)
        var count = 0
        while let line = try reader.next() {
            #expect(line.payload.first.map { [0x7B, 0x67].contains($0) } == true)
            count += 1
        }
        #expect(count == 500 * 63)
        #expect(reader.lineNumber == 500 * 84)
    }

    struct Bad: CustomTestStringConvertible, Sendable {
        let name: String
        let words: [String]
        let kept: Int?
        var testDescription: String { name }
    }

    static let bad = [
        Bad(name: "capture-gzip/torn", words: ["cut off", "last good line is"], kept: nil),
        Bad(
            name: "capture-gzip/wrong-checksum", words: ["incorrect data check", "line is 4"],
            kept: 3),
        Bad(
            name: "capture-gzip/garbage-after", words: ["belong to nothing", "line is 4"], kept: 3),
        Bad(name: "capture-gzip/cut-last-line", words: ["last line is cut off", "is 4"], kept: 3),
        Bad(name: "capture-zstd/torn", words: ["cut off", "--accept-torn"], kept: nil),
        Bad(name: "capture-zstd/wrong-checksum", words: ["checksum", "at byte"], kept: nil),
        Bad(name: "capture-zstd/long-window", words: ["16 MiB", "--long"], kept: nil),
    ]

    @Test("refuses damage, or keeps the complete lines", arguments: bad)
    func damage(row: Bad) throws {
        let found = failure { _ = try readCapture(corpus(row.name)) }
        #expect(found?.kind == .integrity)
        for words in row.words { #expect(found?.message.contains(words) == true, "\(words)") }
        let kept = try readCapture(corpus(row.name), acceptTorn: true)
        #expect(kept.cut != nil)
        #expect(kept.lines == Array(Self.three.prefix(kept.lines.count)))
        if let expected = row.kept { #expect(kept.lines.count == expected) }
    }

    @Test(
        "cut at any byte is an error that names the line, never a trap",
        arguments: ["capture-gzip/one-member", "capture-zstd/one-frame", "capture-gzip/plain"])
    func everyCut(name: String) throws {
        let whole = contents(of: corpus(name))
        let directory = TemporaryDirectory()
        for count in 0..<whole.count {
            let path = directory.write(Array(whole[..<count]), to: "cut")
            let found = failure { _ = try readCapture(path) }
            if name.hasSuffix("plain"), found == nil {
                // Cut between lines, or before a line end only: nothing is missing.
                let lines = try readCapture(path).lines
                #expect(Self.three.starts(with: lines))
                continue
            }
            #expect(found?.kind == .integrity, "cut after \(count) bytes")
            if count > 6 {
                let kept = failure {
                    let read = try readCapture(path, acceptTorn: true)
                    #expect(read.cut != nil && Self.three.starts(with: read.lines))
                }
                #expect(kept == nil || name.hasSuffix("plain"))
            }
        }
    }

    @Test(
        "any flipped byte is noticed or harmless, never a trap",
        arguments: ["capture-gzip/one-member", "capture-zstd/one-frame"])
    func everyFlip(name: String) throws {
        let whole = contents(of: corpus(name))
        let directory = TemporaryDirectory()
        for index in whole.indices {
            var bytes = whole
            bytes[index] ^= 0x55
            let path = directory.write(bytes, to: "flipped")
            let found = failure {
                let lines = try readCapture(path).lines
                #expect(lines == Self.three)
            }
            #expect(found == nil || found?.kind == .integrity, "byte \(index)")
        }
    }

    static let badText: [(text: String, words: String)] = [
        ("", "is empty (0 bytes)"),
        ("{\"a\":1}\n", "line 1: expected a receive time"),
        ("5\n", "line 1: expected"), ("5 \n", "line 1: expected"),
        ("1 {}\n5\t{}\n", "line 2: expected"),
        ("-5 {}\n", "line 1: expected"),
        ("99999999999999999999 {}\n", "line 1: expected a receive time"),
        ("9223372036854775808 {}\n", "line 1: expected a receive time"),
        ("1 {}\n2 {\"a\":", "last good line is 1"),
        ("1 {}\n2 {\"a\":\"}\"", "last good line is 1"),
        ("1 {}\n2 {\"a\":[}", "last good line is 1"),
        ("PK\u{3}\u{4}12345678", "is a zip archive"),
    ]

    @Test("refuses lines of another form", arguments: badText)
    func text(row: (text: String, words: String)) {
        let directory = TemporaryDirectory()
        let path = directory.write(row.text, to: "a")
        let found = failure { _ = try readCapture(path) }
        #expect(found?.kind == .integrity)
        #expect(found?.message.contains(row.words) == true, "\(found?.message ?? "no failure")")
        #expect(found?.message.contains(path) == true)
    }

    @Test("a wrong line in a corrupt file is put down to the corruption")
    func corruptLine() throws {
        let text = Array("1 {}\n2 {}\nx {}\n3 {}\n".utf8)
        let length = UInt8(text.count)
        let stored: [UInt8] =
            [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 1, length, 0, ~length, 0xFF] + text
            + [0, 0, 0, 0, length, 0, 0, 0]
        let directory = TemporaryDirectory()
        let path = directory.write(stored, to: "a.gz")
        let found = failure { _ = try readCapture(path) }
        #expect(found?.kind == .integrity)
        for words in ["incorrect data check", "line 3 is wrong", "last good line is 2"] {
            #expect(found?.message.contains(words) == true, "\(found?.message ?? "no failure")")
        }
        let kept = try readCapture(path, acceptTorn: true)
        #expect(kept.lines == ["1:1 {}", "2:2 {}"])
        #expect(kept.cut?.lastGoodLine == 2)
    }

    @Test("lines of up to 16 MiB are read, longer ones refused")
    func longLines() throws {
        let directory = TemporaryDirectory()
        let start = Array("7 {\"".utf8)
        for (count, isFine) in [(3 << 20, true), (16 << 20, true), ((16 << 20) + 1, false)] {
            var line = start + [UInt8](repeating: 97, count: count - start.count - 2)
            line += Array("\"}\n".utf8.prefix(2))
            let path = directory.write(
                [49, 32, 123, 125, 10] + line + [10, 50, 32, 35, 10], to: "a")
            let found = failure {
                let lines = try readCapture(path).lines
                #expect(lines.count == 3)
            }
            #expect((found == nil) == isFine)
            if !isFine { #expect(found?.message.contains("line 2: is longer") == true) }
        }
    }

    @Test("missing files, directories and permissions have their own kinds")
    func places() throws {
        let directory = TemporaryDirectory()
        #expect(failure { _ = try readCapture(directory.file("none")) }?.kind == .notFound)
        #expect(failure { _ = try readCapture(directory.path) }?.kind == .failure)
        let path = directory.write("1 {}\n", to: "locked")
        chmod(path, 0)
        try unlessRoot {
            #expect(failure { _ = try readCapture(path) }?.kind == .failure)
        }
        mkfifo(directory.file("pipe"), 0o600)
        let pipe = open(directory.file("pipe"), O_RDWR)
        #expect(failure { _ = try readCapture(directory.file("pipe")) }?.kind == .failure)
        close(pipe)
    }

    @Test("reads the shipped ETHUSDT capture whole")
    func recorded() throws {
        let path = root + "/Data/binance-usdm/ethusdt_20240808.gz"
        guard access(path, R_OK) == 0 else {
            print("SKIPPED: \(path) is not there")
            return
        }
        let reader = try CaptureReader(path: path)
        var count = 0
        var bytes = 0
        var last: Int64 = 0
        while let line = try reader.next() {
            count += 1
            bytes += line.payload.count
            #expect(line.receiveTime >= last)
            last = line.receiveTime
        }
        #expect(count == 74_655)
        #expect(bytes == 21_708_749)
    }
}

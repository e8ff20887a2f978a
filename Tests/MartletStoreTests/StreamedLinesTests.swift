// Lines as they come: containers, pipes, monsters, damage.

import Glibc
import MartletModel
import MartletStore
import Testing

@Suite("Streamed lines")
struct StreamedLinesTests {
    private func read(_ path: String) throws -> (lines: [String], damage: String?) {
        let reader = try StreamedLines(path: path)
        var lines: [String] = []
        while let line = try reader.next() {
            switch line {
            case .text(let bytes):
                lines.append("\(reader.lineNumber):" + String(decoding: bytes, as: UTF8.self))
            case .tooLong: lines.append("\(reader.lineNumber): too long")
            }
        }
        return (lines, reader.damage?.reason)
    }

    @Test("reads plain lines, CRLF, blank lines, and a last line without an end")
    func plain() throws {
        let directory = TemporaryDirectory()
        let path = directory.write("a\r\n\nb\nc", to: "x")
        #expect(try read(path).lines == ["1:a", "2:", "3:b", "4:c"])
        #expect(try read(directory.write("a\n", to: "y")).lines == ["1:a"])
        #expect(try read(directory.write("", to: "empty")).lines == [])
    }

    @Test(
        "reads the same lines from every container",
        arguments: [
            "capture-gzip/one-member", "capture-gzip/plain", "capture-zstd/one-frame",
            "capture-gzip/two-members", "capture-zstd/two-frames",
        ])
    func containers(name: String) throws {
        let path = corpus(name)
        var expected: [String] = []
        let reader = try LineReader(path: path)
        while let line = try reader.next() {
            expected.append("\(reader.lineNumber):" + String(decoding: line, as: UTF8.self))
        }
        #expect(try read(path).lines == expected)
        // The same through a pipe, a byte at a time.
        #expect(try throughPipe(contents(of: path), piece: 1).lines == expected)
        #expect(try throughPipe(contents(of: path), piece: 4096).lines == expected)
    }

    @Test("a line of more than 16 MiB is passed, and the lines around it are read")
    func monster() throws {
        let directory = TemporaryDirectory()
        let most = [UInt8](repeating: 0x61, count: StreamedLines.lineLengthMax)
        let bytes: [UInt8] =
            Array("a\n".utf8) + most + [0x61, 0x0A] + Array("b\n".utf8) + most + [0x0A] + most
            + most + most
        let lines = try read(directory.write(bytes, to: "x")).lines
        #expect(lines.count == 5)
        #expect(lines[0] == "1:a")
        #expect(lines[1] == "2: too long")
        #expect(lines[2] == "3:b")
        #expect(lines[3].utf8.count == 2 + most.count)
        #expect(lines[4] == "5: too long")
    }

    @Test(
        "a cut compressed file gives its whole lines and says where it is cut",
        arguments: ["capture-gzip/two-members", "capture-zstd/two-frames"])
    func cut(name: String) throws {
        let directory = TemporaryDirectory()
        let whole = try read(corpus(name)).lines
        let bytes = contents(of: corpus(name))
        for keep in stride(from: 1, to: bytes.count, by: 7) {
            let part = try read(directory.write(Array(bytes[..<keep]), to: "x"))
            #expect(part.lines.count <= whole.count)
            if part.damage != nil { #expect(part.lines[...] == whole.prefix(part.lines.count)) }
        }
        #expect(try read(directory.write(Array(bytes.dropLast(9)), to: "x")).damage != nil)
    }

    @Test("refuses what is no text, with the remedy")
    func refuse() throws {
        let directory = TemporaryDirectory()
        let zip = directory.write([0x50, 0x4B, 3, 4, 0, 0, 0], to: "x")
        #expect(failure { _ = try self.read(zip) }?.kind == .integrity)
        #expect(failure { _ = try self.read(directory.path) }?.kind == .failure)
        #expect(failure { _ = try self.read(directory.file("none")) }?.kind == .notFound)
    }

    @Test("tells when the next line has to be waited for")
    func waiting() throws {
        let directory = TemporaryDirectory()
        let path = directory.file("pipe")
        try #require(mkfifo(path, 0o600) == 0)
        let keeper = open(path, O_RDWR)
        defer { close(keeper) }
        func send(_ text: String) {
            _ = text.utf8.withContiguousStorageIfAvailable {
                write(keeper, $0.baseAddress, $0.count)
            }
        }
        send("1 first\n2 second\n3 thi")
        let reader = try StreamedLines(path: path)
        #expect(reader.mayWait)
        _ = try reader.next()
        #expect(!reader.mayWait)
        _ = try reader.next()
        #expect(reader.mayWait)
        send("rd\n")
        guard case .text(let bytes)? = try reader.next() else {
            Issue.record("the third line is there")
            return
        }
        #expect(String(decoding: bytes, as: UTF8.self) == "3 third")
        #expect(reader.mayWait)
    }

    /// The lines of bytes that another thread writes into a pipe.
    private func throughPipe(
        _ bytes: [UInt8], piece: Int
    ) throws -> (lines: [String], damage: String?) {
        let directory = TemporaryDirectory()
        let path = directory.file("pipe")
        try #require(mkfifo(path, 0o600) == 0)
        let writer = Thread {
            let descriptor = open(path, O_WRONLY)
            var done = 0
            while done < bytes.count {
                let count = min(piece, bytes.count - done)
                done += bytes[done...].withUnsafeBytes { write(descriptor, $0.baseAddress, count) }
            }
            close(descriptor)
        }
        defer { writer.join() }
        return try read(path)
    }
}

/// A thread of a test.
private final class Thread: @unchecked Sendable {
    // Sound because the body is set before the thread starts and only it reads it.
    private let body: @Sendable () -> Void
    private var handle = pthread_t()

    init(_ body: @escaping @Sendable () -> Void) {
        self.body = body
        pthread_create(
            &handle, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<Thread>.fromOpaque(argument).takeUnretainedValue().body()
                return nil
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    func join() { pthread_join(handle, nil) }
}

@Suite("Base64 text")
struct Base64TextTests {
    private func decoded(_ text: String) -> [UInt8]? {
        var bytes: [UInt8] = [7]
        let isText = Array(text.utf8).withUnsafeBytes {
            Base64Text.decode($0, appendingTo: &bytes)
        }
        guard isText else {
            #expect(bytes == [7])
            return nil
        }
        return Array(bytes.dropFirst())
    }

    @Test("decodes what RFC 4648 section 10 lists")
    func vectors() {
        let vectors = [
            ("", ""), ("Zg==", "f"), ("Zm8=", "fo"), ("Zm9v", "foo"), ("Zm9vYg==", "foob"),
            ("Zm9vYmE=", "fooba"), ("Zm9vYmFy", "foobar"),
        ]
        for (text, plain) in vectors { #expect(decoded(text) == Array(plain.utf8)) }
    }

    @Test(
        "refuses what is not base64",
        arguments: ["Z", "Zg", "Zg=", "Zg==Zg==", "Zh==", "Zm9=", "Z===", "====", "Zm 9", "Zm-9"])
    func refuse(text: String) { #expect(decoded(text) == nil) }

    @Test("what was encoded decodes to itself", arguments: UInt64(0)..<100)
    func roundTrip(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let bytes = (0..<Int(seed)).map { _ in UInt8.random(in: 0...255, using: &random) }
        var text: [UInt8] = []
        bytes.withUnsafeBytes { Base64Text.encode($0, appendingTo: &text) }
        #expect(decoded(String(decoding: text, as: UTF8.self)) == bytes)
    }
}

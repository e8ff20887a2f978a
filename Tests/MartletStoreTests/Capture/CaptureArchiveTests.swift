// Captures written and read back: every payload, every rotation, every way to be killed.

import Glibc
import MartletModel
@testable import MartletStore
import MartletTesting
import Testing

/// 2026-11-20T13:15:00Z.
let afternoon: Int64 = 1_795_180_500_000_000_000

/// All messages and facts of a capture as text.
func items(_ path: String, acceptTorn: Bool = false) throws -> (items: [String], cut: CutTail?) {
    let messages = try CaptureMessages(path: path, acceptTorn: acceptTorn)
    var items: [String] = []
    while let item = try messages.next() {
        switch item {
        case .message(let message):
            let bytes = Array(message.bytes)
            items.append(
                "\(message.receiveTime) \(message.isBinary ? "binary" : "text") "
                    + (message.request.map { "[\($0)] " } ?? "") + "\(bytes)")
        case .fact(let fact):
            items.append(
                "\(fact.time) #\(fact.word) \(String(decoding: fact.json, as: UTF8.self))")
        }
    }
    return (items, messages.cut)
}

extension CaptureArchive {
    /// Takes a text message on connection 1 of okx.
    func take(_ text: String, at time: Int64, now: Int64 = 0) throws {
        try Array(text.utf8).withUnsafeBytes {
            try message(
                $0, isBinary: false, request: nil, venue: "okx", connection: 1, at: time, now: now)
        }
    }
}

@Suite("Capture archive")
struct CaptureArchiveTests {
    struct Payload: CustomTestStringConvertible, Sendable {
        let name: String
        let bytes: [UInt8]
        var isBinary = false
        var request: String?
        var testDescription: String { name }
    }

    static let payloads = [
        Payload(name: "an ordinary message", bytes: Array(#"{"a":"1.50"}"#.utf8)),
        Payload(name: "a pong", bytes: Array("pong".utf8)),
        Payload(name: "nothing", bytes: []),
        Payload(name: "one blank", bytes: [32]),
        Payload(name: "JSON over several lines", bytes: Array("{\n \"a\": 1\n}\n".utf8)),
        Payload(name: "an end like a line end", bytes: Array("{}\r".utf8)),
        Payload(name: "text like a fact", bytes: Array("#gap {}".utf8)),
        Payload(name: "text like base64", bytes: Array("b64:AAAA".utf8)),
        Payload(name: "binary, 1 byte", bytes: [0], isBinary: true),
        Payload(name: "binary, 2 bytes", bytes: [255, 10], isBinary: true),
        Payload(name: "binary, 3 bytes", bytes: [10, 13, 0], isBinary: true),
        Payload(name: "binary of nothing", bytes: [], isBinary: true),
        Payload(name: "all bytes", bytes: Array(0...255), isBinary: true),
        Payload(
            name: "an answer", bytes: Array(#"{"bids":[]}"#.utf8),
            request: #"POST /info {"type":"l2Book"}"#),
        Payload(
            name: "an answer over two lines", bytes: Array("[1,\n2]".utf8),
            request: "GET /api/v3/depth?symbol=BTCUSDT"),
        Payload(
            name: "2 MiB, more than a frame", bytes: [UInt8](repeating: 120, count: 2 << 20)),
    ]

    @Test("every payload comes back byte for byte", arguments: payloads)
    func roundTrip(payload: Payload) throws {
        let folder = TestFolder()
        let archive = try CaptureArchive(.init(root: folder.path, run: 5)) { _ in EmptyAccount() }
        for time in [afternoon, afternoon + 1] {
            try payload.bytes.withUnsafeBytes {
                try archive.message(
                    $0, isBinary: payload.isBinary, request: payload.request, venue: "okx",
                    connection: 3, at: time, now: 0)
            }
        }
        try archive.finish()
        #expect(
            folder.files == [
                "okx/2026-11-20/131500-3.json", "okx/2026-11-20/131500-3.zst",
            ])
        let path = folder.file("okx/2026-11-20/131500-3.zst")
        let kind = payload.isBinary ? "binary" : "text"
        let request = payload.request.map { "[\($0)] " } ?? ""
        let read = try items(path).items
        #expect(read.count == 3)
        #expect(read[0].hasPrefix("\(afternoon) #segment {\"venue\":\"okx\",\"connection\":3,"))
        #expect(read[1] == "\(afternoon) \(kind) \(request)\(payload.bytes)")
        #expect(read[2] == "\(afternoon + 1) \(kind) \(request)\(payload.bytes)")
        #expect(try CaptureSeal.verify(path))
        #expect(try CaptureSeal.read(of: path)?.messages == 2)
    }

    @Test("a new day, a full segment and the rotation time begin a new segment")
    func rotation() throws {
        let folder = TestFolder()
        var settings = CaptureArchiveSettings(root: folder.path, run: 5)
        settings.rotation = 1000
        settings.segmentBytes = 400
        let archive = try CaptureArchive(settings) { _ in EmptyAccount() }
        try archive.take("{\"n\":1}", at: afternoon)
        try archive.tick(now: 999)
        try archive.take("{\"n\":2}", at: afternoon + 1, now: 999)
        try archive.tick(now: 1000)
        #expect(archive.totals.sealed.count == 1)
        try archive.take("{\"n\":3}", at: afternoon + 2, now: 1001)
        #expect(archive.totals.sealed.count == 1)
        let long = "{\"n\":\"" + String(repeating: "4", count: 400) + "\"}"
        try archive.take(long, at: afternoon + 3, now: 1002)
        try archive.take("{\"n\":5}", at: afternoon + 4, now: 1003)
        let midnight = afternoon + 45_000_000_000_000
        try archive.take("{\"n\":6}", at: midnight, now: 1004)
        try archive.take("{\"n\":7}", at: midnight - 1, now: 1005)
        try archive.finish()
        let names = folder.files.filter { $0.hasSuffix(".zst") }
        #expect(
            names == [
                "okx/2026-11-20/131500-1-2.zst", "okx/2026-11-20/131500-1-3.zst",
                "okx/2026-11-20/131500-1.zst", "okx/2026-11-21/014500-1.zst",
            ])
        #expect(try items(folder.file(names[2])).items.count == 3)
        #expect(try items(folder.file(names[0])).items.count == 3)
        #expect(try items(folder.file(names[3])).items.count == 3)
        for name in names { #expect(try CaptureSeal.verify(folder.file(name))) }
    }

    @Test("lines wait for the disk no longer than the flush interval, also when nothing follows")
    func flushing() throws {
        let folder = TestFolder()
        let archive = try CaptureArchive(.init(root: folder.path, run: 5)) { _ in EmptyAccount() }
        try archive.take("{}", at: afternoon, now: 10)
        try archive.tick(now: 250_000_009)
        #expect(archive.totals.bytes == 0)
        try archive.tick(now: 250_000_010)
        let flushed = archive.totals.bytes
        #expect(flushed > 0)
        try archive.tick(now: 900_000_000)
        #expect(archive.totals.bytes == flushed)
        let path = folder.file("okx/2026-11-20/131500-1.zst")
        #expect(try items(path).items.count == 2)
    }

    @Test("a message that is too large is not dropped in silence")
    func tooLarge() throws {
        let folder = TestFolder()
        let archive = try CaptureArchive(.init(root: folder.path, run: 5)) { _ in EmptyAccount() }
        let bytes = [UInt8](repeating: 120, count: CaptureText.messageBytesMax + 1)
        for count in [bytes.count, bytes.count - 1] {
            try bytes.withUnsafeBytes {
                try archive.message(
                    UnsafeRawBufferPointer(rebasing: $0[..<count]), isBinary: true, request: nil,
                    venue: "okx", connection: 1, at: afternoon, now: 0)
            }
        }
        try archive.finish()
        #expect(archive.totals.tooLarge == 1 && archive.totals.messages == 1)
        let read = try items(folder.file("okx/2026-11-20/131500-1.zst")).items
        #expect(read.count == 3)
        #expect(
            read[1].hasSuffix("#gap {\"reason\":\"tooLarge\",\"messages\":1,\"bytes\":11534337}"))
    }

    @Test("an altered segment does not fit its seal")
    func tampering() throws {
        let folder = TestFolder()
        let archive = try CaptureArchive(.init(root: folder.path, run: 5)) { _ in EmptyAccount() }
        try archive.take("{}", at: afternoon)
        try archive.finish()
        let name = "okx/2026-11-20/131500-1.zst"
        var bytes = folder.contents(name)
        bytes[bytes.count / 2] ^= 1
        folder.write(bytes, to: name)
        #expect(failure { _ = try CaptureSeal.verify(folder.file(name)) }?.kind == .integrity)
        folder.write(Array(bytes.dropLast()), to: name)
        #expect(failure { _ = try CaptureSeal.verify(folder.file(name)) }?.kind == .integrity)
    }

    @Test("an empty segment that another repairs or has removed is not written to")
    func lockedByAnother() throws {
        let folder = TestFolder()
        let path = folder.file("a.zst")
        var other: Int32 = -1
        let locked = try CaptureSegmentFile(creating: path) {
            other = open(path, O_RDWR)
            _ = flock(other, LOCK_EX | LOCK_NB)
        }
        #expect(locked == nil)
        close(other)
        unlink(path)
        let removed = try CaptureSegmentFile(creating: path) { unlink(path) }
        #expect(removed == nil)
        let kept = try CaptureSegmentFile(creating: path)
        #expect(kept != nil)
    }

    @Test("two that tidy up at a time do not stop each other")
    func retentionTwice() async throws {
        let folder = TestFolder()
        let root = folder.path
        let day: Int64 = 86_400_000_000_000
        let archive = try CaptureArchive(.init(root: root, run: 5)) { _ in EmptyAccount() }
        for days in 0..<60 { try archive.take("{}", at: afternoon + Int64(days) * day) }
        try archive.finish()
        var rules = CaptureRetention()
        rules.quotaBytes = 0
        async let first = Task.detached { [rules] in try rules.apply(to: root, at: afternoon) }
            .value
        async let second = Task.detached { [rules] in
            try rules.apply(to: root, at: afternoon)
        }.value
        let removed = try await first + second
        #expect(Set(removed).count == 60 && removed.count == 60)
    }

    @Test("old and surplus segments go, the oldest first, never one without seal")
    func retention() throws {
        let folder = TestFolder()
        let day: Int64 = 86_400_000_000_000
        let text = "{\"x\":\"" + String(repeating: "0123456789", count: 20) + "\"}"
        let archive = try CaptureArchive(.init(root: folder.path, run: 5)) { _ in EmptyAccount() }
        for days in 0..<5 { try archive.take(text, at: afternoon + Int64(days) * day) }
        try archive.finish()
        unlink(folder.file("okx/2026-11-20/131500-1.json"))
        var rules = CaptureRetention()
        #expect(try rules.apply(to: folder.path, at: afternoon + 4 * day) == [])
        rules.keepDays = 2
        let old = try rules.apply(to: folder.path, at: afternoon + 4 * day)
        #expect(old == [folder.file("okx/2026-11-21/131500-1.zst")])
        rules = CaptureRetention()
        let sizes = folder.files.filter { $0.hasSuffix(".zst") }.map { folder.contents($0).count }
        rules.quotaBytes = Int64(sizes.reduce(0, +) - 1)
        let surplus = try rules.apply(to: folder.path, at: afternoon)
        #expect(surplus == [folder.file("okx/2026-11-22/131500-1.zst")])
        rules.quotaBytes = 0
        _ = try rules.apply(to: folder.path, at: afternoon)
        #expect(folder.files == ["okx/2026-11-20/131500-1.zst"])
    }
}

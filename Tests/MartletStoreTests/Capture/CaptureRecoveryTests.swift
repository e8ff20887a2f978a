// What a killed recorder leaves: cut after the last whole frame, reported and sealed.

import Glibc
import MartletModel
import MartletStore
import MartletTesting
import Testing

@Suite("Capture recovery")
struct CaptureRecoveryTests {
    private static let name = "okx/2026-11-20/131500-1.zst"

    /// A segment of three frames without seal, and where its frames end.
    private func unsealed(_ folder: TestFolder) throws -> (bytes: [UInt8], ends: [Int]) {
        let archive = try CaptureArchive(.init(root: folder.path, run: 5)) { _ in EmptyAccount() }
        var ends: [Int] = []
        for frame in 0..<3 {
            for line in 0..<4 {
                try archive.take(
                    "{\"n\":\(frame * 4 + line)}", at: afternoon + Int64(frame * 4 + line),
                    now: Int64(frame) * 1_000_000_000)
            }
            try archive.tick(now: Int64(frame) * 1_000_000_000 + 500_000_000)
            ends.append(folder.contents(Self.name).count)
        }
        return (folder.contents(Self.name), ends)
    }

    @Test("cut at any byte, every whole frame is kept and the rest is reported")
    func everyCut() throws {
        let source = TestFolder()
        let (whole, ends) = try unsealed(source)
        for count in 0...whole.count {
            let folder = TestFolder()
            try Folder.make(folder.file("okx/2026-11-20"))
            folder.write(Array(whole[..<count]), to: Self.name)
            let recovered = try CaptureRecovery.run(folder.path) { _, _ in EmptyAccount() }
            #expect(recovered.count == 1)
            let frames = ends.count { $0 <= count }
            let kept = frames == 0 ? 0 : ends[frames - 1]
            #expect(recovered[0].messages == Int64(frames * 4), "cut after \(count)")
            #expect(recovered[0].cutBytes == Int64(count - kept))
            #expect(recovered[0].reason.isEmpty == (count == kept && count > 0))
            if frames == 0 {
                #expect(folder.files.isEmpty)
                continue
            }
            #expect(recovered[0].lastTime == afternoon + Int64(frames * 4 - 1))
            #expect(try CaptureSeal.verify(folder.file(Self.name)))
            #expect(try items(folder.file(Self.name)).items.count == frames * 4 + 1)
            #expect(try CaptureRecovery.run(folder.path) { _, _ in EmptyAccount() }.isEmpty)
        }
    }

    @Test("a flipped byte costs its frame and what follows, never more, and never traps")
    func everyFlip() throws {
        let source = TestFolder()
        let (whole, ends) = try unsealed(source)
        for index in whole.indices {
            let folder = TestFolder()
            try Folder.make(folder.file("okx/2026-11-20"))
            var bytes = whole
            bytes[index] ^= 0x55
            folder.write(bytes, to: Self.name)
            let recovered = try CaptureRecovery.run(folder.path) { _, _ in EmptyAccount() }
            let framesBefore = ends.count { $0 <= index }
            #expect(recovered[0].messages >= Int64(framesBefore * 4), "byte \(index)")
            if recovered[0].lastTime != nil {
                #expect(try CaptureSeal.verify(folder.file(Self.name)))
            }
        }
    }

    @Test("a segment that a recorder is writing is left alone")
    func running() throws {
        let folder = TestFolder()
        let archive = try CaptureArchive(.init(root: folder.path, run: 5)) { _ in EmptyAccount() }
        try archive.take("{}", at: afternoon)
        try archive.tick(now: 1_000_000_000)
        #expect(try CaptureRecovery.run(folder.path) { _, _ in EmptyAccount() }.isEmpty)
        try archive.finish()
        #expect(try CaptureSeal.verify(folder.file(Self.name)))
    }

    @Test("a folder that can never be made is refused, not tried for ever")
    func impossibleFolder() {
        #expect(failure { try Folder.make("/proc/martlet/captures") }?.kind == .failure)
    }

    @Test("the account of a recovered segment hears its origin and every line")
    func account() throws {
        final class Counting: CaptureAccount {
            var seen: [String] = []
            func message(
                _ bytes: UnsafeRawBufferPointer, isBinary: Bool, request: String?, at time: Int64
            ) { seen.append("message") }
            func fact(_ word: String, _ json: UnsafeRawBufferPointer, at time: Int64) {
                seen.append(word)
            }
            func summary() -> [(key: String, value: JSONText)] {
                [("score", .integer(Int64(seen.count)))]
            }
        }
        let folder = TestFolder()
        _ = try unsealed(folder)
        var origin: CaptureSeal.Origin?
        let counting = Counting()
        _ = try CaptureRecovery.run(folder.path) { found, _ in
            origin = found
            return counting
        }
        #expect(origin == CaptureSeal.Origin(venue: "okx", connection: 1, run: 5, index: 0))
        #expect(counting.seen == ["segment"] + Array(repeating: "message", count: 12))
        let seal = String(decoding: folder.contents("okx/2026-11-20/131500-1.json"), as: UTF8.self)
        #expect(seal.contains("\"score\": 13"))
        #expect(seal.contains("\"lastTime\": \(afternoon + 11)"))
    }
}

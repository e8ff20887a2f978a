// Compressed messages frame by frame: kept windows, fragments, bombs; and the closing codes.

import Testing

@testable import MartletNetwork

@Suite("Compressed frames")
struct CompressedFramesTests {
    /// Remembers what a reader tells.
    private final class Owner: FrameReaderOwner {
        var texts: [String] = []
        var sizes: [Int] = []
        var pings: [[UInt8]] = []
        var written: [UInt8] = []

        func frameReader(received bytes: UnsafeBufferPointer<UInt8>, isBinary: Bool) {
            sizes.append(bytes.count)
            if !isBinary { texts.append(String(decoding: bytes, as: UTF8.self)) }
        }
        func frameReader(pong payload: UnsafeBufferPointer<UInt8>) {}
        func frameReader(ping payload: UnsafeBufferPointer<UInt8>) { pings.append(Array(payload)) }
        func frameReader(writes bytes: UnsafeRawBufferPointer) { written += Array(bytes) }
    }

    /// A frame as a server writes it; `first` holds the bits and the opcode.
    private static func frame(_ first: UInt8, _ payload: [UInt8]) -> [UInt8] {
        switch payload.count {
        case 0..<126: [first, UInt8(payload.count)] + payload
        case 126..<65_536:
            [first, 126, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)] + payload
        default:
            [first, 127, 0, 0, 0, 0]
                + (0..<4).map { UInt8(truncatingIfNeeded: payload.count >> (24 - 8 * $0)) }
                + payload
        }
    }

    private static func packed(_ deflater: MessageDeflater, _ text: String) -> [UInt8] {
        var queue = ByteQueue()
        var text = text
        text.withUTF8 { deflater.deflate(UnsafeRawBufferPointer($0), into: &queue) }
        return Array(queue.octets)
    }

    /// Feeds a client's reader in pieces of `step` bytes, and gives its end.
    private func read(
        _ bytes: [UInt8], _ owner: Owner, terms: DeflateTerms?, bytesMax: Int = 1 << 20, step: Int
    ) -> FrameEnd? {
        let reader = FrameReader(
            isServer: false, deflate: terms, messageBytesMax: bytesMax, owner: owner)
        var end: FrameEnd?
        var start = 0
        while start < bytes.count, end == nil {
            let piece = bytes[start..<min(bytes.count, start + step)]
            end = piece.withUnsafeBytes { reader.take($0) }
            start += step
        }
        return end
    }

    private func status(_ end: FrameEnd?) -> Int {
        switch end {
        case .violated(let failure): failure.status
        case .closed(let code, _): code
        case nil: 0
        }
    }

    static let messages = (0..<20).map {
        "{\"stream\":\"btcusdt@depth\",\"price\":\"6\($0)000.10\",\"sign\":\"€\"}"
    }

    @Test(
        "a window kept over messages, and one that starts afresh, read in pieces of any size",
        arguments: [false, true], [1, 3, 4096])
    func windows(restarts: Bool, step: Int) throws {
        let deflater = try #require(MessageDeflater(restarts: restarts, windowBits: 12))
        let frames = Self.messages.map { Self.frame(0xC1, Self.packed(deflater, $0)) }
        if !restarts {
            // The window is what makes later messages small; it is really used.
            #expect(frames[19].count * 3 < frames[0].count)
        }
        let owner = Owner()
        let terms = DeflateTerms(serverRestarts: restarts)
        #expect(status(read(frames.flatMap(\.self), owner, terms: terms, step: step)) == 0)
        #expect(owner.texts == Self.messages)
        guard !restarts else { return }
        // The same frames without the window cannot be read.
        let other = Owner()
        let end = read(frames.flatMap(\.self), other, terms: DeflateTerms(), step: step)
        #expect(status(end) == 1002)
    }

    @Test("a compressed message in fragments, with pings between them", arguments: [1, 7, 4096])
    func fragments(step: Int) throws {
        let deflater = try #require(MessageDeflater(restarts: false, windowBits: 15))
        var bytes: [UInt8] = []
        for message in Self.messages {
            let packed = Self.packed(deflater, message)
            let middle = packed.count / 2
            bytes += Self.frame(0x41, Array(packed[..<2])) + Self.frame(0x89, [1])
            bytes += Self.frame(0x00, Array(packed[2..<middle])) + Self.frame(0x8A, [])
            bytes += Self.frame(0x00, []) + Self.frame(0x80, Array(packed[middle...]))
        }
        let owner = Owner()
        let terms = DeflateTerms(serverRestarts: false)
        #expect(status(read(bytes, owner, terms: terms, step: step)) == 0)
        #expect(owner.texts == Self.messages)
        #expect(owner.pings.count == Self.messages.count)
    }

    @Test("the compressed bit belongs on the first frame of a message only")
    func misplacedBit() throws {
        let deflater = try #require(MessageDeflater(restarts: true, windowBits: 15))
        let packed = Self.packed(deflater, "abc")
        let rows = [
            Self.frame(0x41, [packed[0]]) + Self.frame(0xC0, Array(packed[1...])),
            Self.frame(0x01, [0x61]) + Self.frame(0xC0, [0x61]),
            Self.frame(0xC9, [1]), Self.frame(0xCA, []), Self.frame(0xC8, []),
            Self.frame(0xE1, packed), Self.frame(0xD1, packed),
        ]
        for bytes in rows {
            let owner = Owner()
            #expect(status(read(bytes, owner, terms: DeflateTerms(), step: 4096)) == 1002)
            #expect(owner.texts.isEmpty)
        }
    }

    @Test(
        "a bomb in one frame, in fragments, and behind sound messages of a kept window",
        arguments: [false, true])
    func bombs(restarts: Bool) throws {
        let limit = 100_000
        let deflater = try #require(MessageDeflater(restarts: restarts, windowBits: 15))
        let terms = DeflateTerms(serverRestarts: restarts)
        let whole = Self.packed(deflater, String(repeating: "0", count: limit))
        let sound = Self.frame(0xC1, whole)
        let bomb = Self.packed(deflater, String(repeating: "0", count: 8_000_000))
        let owner = Owner()
        #expect(bomb.count < limit)
        let end = read(
            sound + Self.frame(0xC1, bomb), owner, terms: terms, bytesMax: limit, step: 65_536)
        #expect(status(end) == 1009)
        #expect(owner.sizes == [limit])
        #expect(Array(owner.written.prefix(2)) == [0x88, 0x82])
        let pieces =
            Self.frame(0x41, Array(bomb[..<100])) + Self.frame(0x80, Array(bomb[100...]))
        let second = Owner()
        let cut = read(
            sound + pieces, second, terms: terms, bytesMax: limit, step: 65_536)
        #expect(status(cut) == 1009)
        #expect(second.sizes == [limit])
    }

    @Test("closing codes: which may be sent, which may not")
    func codes() {
        let good = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014]
        let rows =
            good.map { ($0, true) } + [3000, 3999, 4000, 4999].map { ($0, true) }
            + [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 2000, 2999, 5000, 65_535].map {
                ($0, false)
            }
        for (code, isGood) in rows {
            let owner = Owner()
            let payload = [UInt8(code >> 8), UInt8(code & 0xFF)] + Array("bye".utf8)
            // What comes after a goodbye is nobody's.
            let bytes = Self.frame(0x88, payload) + Self.frame(0x81, [0x61])
            let end = read(bytes, owner, terms: nil, step: 4096)
            #expect(status(end) == (isGood ? code : 1002), "\(code)")
            #expect(owner.texts.isEmpty)
        }
        let owner = Owner()
        #expect(status(read(Self.frame(0x88, [3]), owner, terms: nil, step: 1)) == 1002)
    }

    @Test(
        "text that is cut inside a character: whole over fragments, or refused",
        arguments: [1, 2, 4096])
    func characters(step: Int) {
        let sign = Array("a€😀".utf8)
        for cut in 0...sign.count {
            let owner = Owner()
            let bytes =
                Self.frame(0x01, Array(sign[..<cut])) + Self.frame(0x89, [9])
                + Self.frame(0x80, Array(sign[cut...]))
            #expect(status(read(bytes, owner, terms: nil, step: step)) == 0)
            #expect(owner.texts == ["a€😀"])
        }
        let broken: [[[UInt8]]] = [
            [[0xE2, 0x82], [0x41]], [[0xE2], [0x82], []], [[0xED], [0xA0, 0x80]],
            [[0xF4], [0x90, 0x80, 0x80]], [[0xC0], [0x80]], [[0x61], [0x80]],
        ]
        for pieces in broken {
            let owner = Owner()
            var bytes = Self.frame(0x01, pieces[0])
            for piece in pieces.dropFirst().dropLast() { bytes += Self.frame(0x00, piece) }
            bytes += Self.frame(0x80, pieces[pieces.count - 1])
            #expect(status(read(bytes, owner, terms: nil, step: step)) == 1007)
            #expect(owner.texts.isEmpty)
        }
    }
}

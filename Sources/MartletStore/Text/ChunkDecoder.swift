// Where the bytes of a text file come from: the file itself, or a decompressor in between.

import Glibc
import MartletModel

/// What stopped a decoder.
enum DecodeProblem: Error, Sendable {
    /// The content is torn or corrupt; `offset` counts bytes of the file as it lies on disk.
    case damage(String, offset: Int)
    /// The system refused.
    case system(Failure)
}

/// A source of decoded bytes.
protocol ChunkDecoder: AnyObject {
    /// Fills `target` from the front with up to `target.count` bytes; 0 at the end. Bytes decoded
    /// before a problem are delivered first, the problem is thrown by the next call.
    func decode(into target: UnsafeMutableRawBufferPointer) throws(DecodeProblem) -> Int
    /// A buffer size that suits this source, in bytes.
    var preferredCapacity: Int { get }
    /// Whether decoding ahead on another thread is worth it.
    var isWorthPrefetching: Bool { get }
}

/// The file's bytes as they are.
final class PlainDecoder: ChunkDecoder {
    private let file: InputFile
    let preferredCapacity = 1 << 20
    let isWorthPrefetching = false

    /// Reads on from the file's position.
    init(_ file: InputFile) { self.file = file }

    func decode(into target: UnsafeMutableRawBufferPointer) throws(DecodeProblem) -> Int {
        do throws(Failure) { return try file.read(into: target) } catch { throw .system(error) }
    }
}

/// The compressed bytes of a file, piece by piece.
final class CompressedInput {
    private let file: InputFile
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 64)
    private var start = 0
    private var end = 0
    /// Offset in the file of the next byte to be consumed.
    private(set) var offset = 0

    /// Reads `file` from its beginning.
    init(_ file: InputFile) { self.file = file }

    deinit { buffer.deallocate() }

    /// Bytes at hand, refilled from the file when there are none; empty at the end of the file.
    func available() throws(DecodeProblem) -> UnsafeRawBufferPointer {
        if start == end {
            do throws(Failure) { end = try file.read(into: buffer) } catch { throw .system(error) }
            start = 0
        }
        return UnsafeRawBufferPointer(rebasing: buffer[start..<end])
    }

    /// Whether the next byte may have to be waited for: a pipe, and nothing at hand. What is
    /// decoded by then is better handed on first.
    var mayWait: Bool { start == end && !file.isRegular }

    /// Marks the first `count` bytes at hand as used.
    func consume(_ count: Int) {
        start += count
        offset += count
    }

    /// Goes on at `offset` of the file, which must be regular.
    func seek(to offset: Int) {
        lseek(file.descriptor, offset, SEEK_SET)
        self.offset = offset
        start = 0
        end = 0
    }
}

/// Chooses the decoder by the first bytes of the file, never by its name.
enum DecoderChoice {
    /// A decoder for `file`, whose position is at its beginning.
    static func decoder(for file: InputFile) throws(Failure) -> any ChunkDecoder {
        guard file.isRegular else {
            throw Failure(.failure, "\(file.path): is not a regular file; save it to one first")
        }
        guard file.size > 0 else {
            throw Failure(.integrity, "\(file.path): is empty (0 bytes); fetch it again")
        }
        var first: (UInt8, UInt8, UInt8, UInt8, UInt8, UInt8) = (0, 0, 0, 0, 0, 0)
        let count = min(6, file.size)
        var problem: Failure?
        withUnsafeMutableBytes(of: &first) { bytes in
            let head = UnsafeMutableRawBufferPointer(rebasing: bytes[..<count])
            do throws(Failure) { _ = try file.read(into: head, at: 0) } catch { problem = error }
        }
        if let problem { throw problem }
        return try decoder(for: file, startingWith: first)
    }

    /// A decoder for a file of any sort, also for a pipe and for an empty file.
    static func decoder(forStream file: InputFile) throws(Failure) -> any ChunkDecoder {
        if file.isRegular {
            return file.size > 0 ? try decoder(for: file) : PlainDecoder(file)
        }
        // A line of text is seldom shorter than that; where it is, its end tells.
        let head = try file.peek(6) { $0.last != 0x0A && !(0x30...0x39).contains($0[0]) }
        func byte(_ index: Int) -> UInt8 { index < head.count ? head[index] : 0 }
        return try decoder(
            for: file, startingWith: (byte(0), byte(1), byte(2), byte(3), byte(4), byte(5)))
    }

    private static func decoder(
        for file: InputFile, startingWith first: (UInt8, UInt8, UInt8, UInt8, UInt8, UInt8)
    ) throws(Failure) -> any ChunkDecoder {
        switch first {
        case (0x1F, 0x8B, _, _, _, _):
            return try GzipDecoder(file)
        case (0x28, 0xB5, 0x2F, 0xFD, _, _), (0x50...0x5F, 0x2A, 0x4D, 0x18, _, _):
            return try ZstandardDecoder(file)
        case (0x50, 0x4B, 0x03, 0x04, _, _): throw wrong(file, "a zip archive")
        case (0xFD, 0x37, 0x7A, 0x58, 0x5A, _): throw wrong(file, "an xz file")
        case (0x42, 0x5A, 0x68, 0x31...0x39, _, _): throw wrong(file, "a bzip2 file")
        case (0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59): throw wrong(file, "a NumPy file")
        default: return PlainDecoder(file)
        }
    }

    private static func wrong(_ file: InputFile, _ found: String) -> Failure {
        Failure(
            .integrity,
            "\(file.path): is \(found); text is read plain, gzip or zstd: convert it first")
    }
}

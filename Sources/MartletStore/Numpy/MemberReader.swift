// The bytes of one member of a zip archive, stored or deflated, checked against its directory.

import CDeflate
import CZlib
import Glibc
import MartletModel

/// The bytes of one archive member, or of a whole file.
final class MemberReader {
    let size: Int
    private let file: InputFile
    private let crc: UInt32?
    private var foundCRC: UInt32 = 0
    private var offset: Int
    private let end: Int
    private var left: Int
    private let stream: UnsafeMutablePointer<z_stream>?
    private let input: UnsafeMutableRawBufferPointer?
    private var isStreamEnded = false

    init(plain file: InputFile) {
        self.file = file
        size = file.size
        left = file.size
        offset = 0
        end = file.size
        crc = nil
        stream = nil
        input = nil
    }

    init(_ file: InputFile, _ entry: ZipEntry, dataOffset: Int) throws(Failure) {
        self.file = file
        size = entry.size
        left = entry.size
        offset = dataOffset
        end = dataOffset + entry.compressedSize
        crc = entry.crc
        guard entry.method == .deflated else {
            stream = nil
            input = nil
            return
        }
        let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        stream.initialize(to: z_stream())
        self.stream = stream
        input = .allocate(byteCount: 1 << 18, alignment: 64)
        guard martlet_inflate_init(stream, -15) == Z_OK else {
            throw Failure(.failure, "\(file.path): not enough memory to decompress it")
        }
    }

    deinit {
        if let stream {
            inflateEnd(stream)
            stream.deallocate()
        }
        input?.deallocate()
    }

    /// Fills the target or throws.
    func read(exactly target: UnsafeMutableRawBufferPointer) throws(Failure) {
        guard target.count <= left else { throw damaged("ends early") }
        if let stream, let input {
            try inflateExactly(target, stream, input)
        } else {
            guard target.count <= end - offset, try file.read(into: target, at: offset) else {
                throw damaged("ends early")
            }
            offset += target.count
        }
        left -= target.count
        if crc != nil {
            foundCRC = libdeflate_crc32(foundCRC, target.baseAddress, target.count)
        }
    }

    /// Checks that nothing is left over and that the checksum is right.
    func finish() throws(Failure) {
        guard left == 0 else { throw damaged("has bytes after its rows") }
        if let stream, let input, !isStreamEnded {
            // Without room for output only the end of the stream can be read.
            stream.pointee.next_out = input.baseAddress?.assumingMemoryBound(to: UInt8.self)
            stream.pointee.avail_out = 0
            while !isStreamEnded { try step(stream, input) }
        }
        if let crc, foundCRC != crc { throw damaged("does not match its checksum (CRC-32)") }
    }

    private func inflateExactly(
        _ target: UnsafeMutableRawBufferPointer, _ stream: UnsafeMutablePointer<z_stream>,
        _ input: UnsafeMutableRawBufferPointer
    ) throws(Failure) {
        var done = 0
        while done < target.count {
            if isStreamEnded { throw damaged("is smaller than its directory says") }
            let room = min(target.count - done, 1 << 30)
            stream.pointee.next_out = (target.baseAddress! + done)  // not empty here
                .assumingMemoryBound(to: UInt8.self)
            stream.pointee.avail_out = UInt32(room)
            try step(stream, input)
            done += room - Int(stream.pointee.avail_out)
        }
    }

    /// One call of the inflater; throws where it gets nowhere.
    private func step(
        _ stream: UnsafeMutablePointer<z_stream>, _ input: UnsafeMutableRawBufferPointer
    ) throws(Failure) {
        if stream.pointee.avail_in == 0, offset < end {
            let count = min(input.count, end - offset)
            let piece = UnsafeMutableRawBufferPointer(rebasing: input[..<count])
            guard try file.read(into: piece, at: offset) else { throw damaged("ends early") }
            offset += count
            stream.pointee.next_in = input.baseAddress?.assumingMemoryBound(to: UInt8.self)
            stream.pointee.avail_in = UInt32(count)
        }
        switch inflate(stream, Z_NO_FLUSH) {
        case Z_STREAM_END: isStreamEnded = true
        case Z_OK: break
        case Z_BUF_ERROR where stream.pointee.avail_out == 0:
            throw damaged("is larger than its directory says")
        case Z_BUF_ERROR: throw damaged("is cut off")
        default: throw damaged("is corrupt")
        }
    }

    private func damaged(_ words: String) -> Failure {
        Failure(
            .integrity,
            "\(file.path): the array \(words) (near byte \(offset)); write or fetch it again")
    }
}

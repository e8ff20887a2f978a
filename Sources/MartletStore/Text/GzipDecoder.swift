// gzip in: whole small members by libdeflate, everything else by a streaming inflater.

import CDeflate
import CZlib
import Glibc
import MartletModel

/// Decodes a gzip file of any number of members; checks every member's length and CRC-32.
///
/// A member that lies whole within ``wholeMemberMax`` bytes and whose content fits the target is
/// decoded in one go. Anything longer streams through a window of 32 KiB.
final class GzipDecoder: ChunkDecoder {
    /// The largest member, and the largest content, that is decoded in one go: 24 MiB each.
    static let wholeMemberMax = 24 << 20

    let preferredCapacity: Int
    var isWorthPrefetching: Bool { !triesWholeMembers && isRegular }
    private let isRegular: Bool
    private let input: CompressedInput
    private let mapped: MappedFile?
    private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    private var isInsideMember = false
    private var triesWholeMembers: Bool
    private var pending: DecodeProblem?

    /// Decodes `file`, which is regular and not empty, from its beginning.
    init(_ file: InputFile) throws(Failure) {
        input = CompressedInput(file)
        isRegular = file.isRegular
        stream.initialize(to: z_stream())
        // The last four bytes are the last member's length: a hint, checked by decoding.
        var hint: UInt32 = 0
        if file.size >= 18 {
            var problem: Failure?
            withUnsafeMutableBytes(of: &hint) { bytes in
                do throws(Failure) { _ = try file.read(into: bytes, at: file.size - 4) } catch {
                    problem = error
                }
            }
            if let problem { throw problem }
        }
        let content = Int(UInt32(littleEndian: hint))
        triesWholeMembers =
            file.size <= Self.wholeMemberMax && content > 0 && content <= Self.wholeMemberMax
        mapped = triesWholeMembers ? try MappedFile(file) : nil
        preferredCapacity = triesWholeMembers ? content + (1 << 18) : 1 << 20
        guard martlet_inflate_init(stream, 31) == Z_OK else {
            throw Failure(.failure, "\(file.path): not enough memory to decompress it")
        }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    func decode(into target: UnsafeMutableRawBufferPointer) throws(DecodeProblem) -> Int {
        if let pending { throw pending }
        if triesWholeMembers, !isInsideMember, let count = wholeMember(into: target), count > 0 {
            return count
        }
        var produced = 0
        do throws(DecodeProblem) {
            while produced < target.count, produced == 0 || !input.mayWait {
                let rest = UnsafeMutableRawBufferPointer(rebasing: target[produced...])
                guard let count = try step(into: rest) else { break }
                produced += count
            }
        } catch {
            if produced == 0 { throw error }
            pending = error
        }
        return produced
    }

    /// Decodes the next member in one go; nil where it does not fit or is damaged, which the
    /// streaming decoder then tells apart.
    private func wholeMember(into target: UnsafeMutableRawBufferPointer) -> Int? {
        guard let mapped, input.offset < mapped.bytes.count,
            let decompressor = libdeflate_alloc_decompressor()
        else { return nil }
        defer { libdeflate_free_decompressor(decompressor) }
        let member = mapped.bytes[input.offset...]
        var consumed = 0
        var produced = 0
        let result = libdeflate_gzip_decompress_ex(
            decompressor, UnsafeRawBufferPointer(rebasing: member).baseAddress, member.count,
            target.baseAddress, target.count, &consumed, &produced)
        guard result == LIBDEFLATE_SUCCESS else {
            triesWholeMembers = false
            return nil
        }
        input.seek(to: input.offset + consumed)
        return produced
    }

    /// One call of the inflater; nil at the end of the file.
    private func step(into target: UnsafeMutableRawBufferPointer) throws(DecodeProblem) -> Int? {
        let bytes = try input.available()
        guard let first = bytes.first else {
            if isInsideMember { throw .damage("the gzip stream is cut off", offset: input.offset) }
            return nil
        }
        if !isInsideMember {
            // Zero bytes after a member are padding of block devices and tapes.
            if first == 0, input.offset > 0 {
                input.consume(bytes.prefix { $0 == 0 }.count)
                return 0
            }
            guard first == 0x1F else {
                throw .damage("bytes after the gzip stream belong to nothing", offset: input.offset)
            }
            inflateReset(stream)
            isInsideMember = true
        }
        stream.pointee.next_in = UnsafeMutablePointer(
            mutating: bytes.baseAddress?.assumingMemoryBound(to: UInt8.self))
        stream.pointee.avail_in = UInt32(bytes.count)
        let room = min(target.count, 1 << 30)
        stream.pointee.next_out = target.baseAddress?.assumingMemoryBound(to: UInt8.self)
        stream.pointee.avail_out = UInt32(room)
        let result = inflate(stream, Z_NO_FLUSH)
        input.consume(bytes.count - Int(stream.pointee.avail_in))
        let count = room - Int(stream.pointee.avail_out)
        switch result {
        case Z_OK: return count
        case Z_STREAM_END:
            isInsideMember = false
            return count
        case Z_BUF_ERROR where count > 0 || stream.pointee.avail_in == 0: return count
        default:
            let words = stream.pointee.msg.map { String(cString: $0) } ?? "error \(result)"
            let problem = DecodeProblem.damage(
                "the gzip stream is corrupt (\(words))", offset: input.offset)
            if count == 0 { throw problem }
            pending = problem
            return count
        }
    }
}

// The decoded bytes of a file in pieces, for formats that are not made of lines.

public import MartletModel

/// Reads a file piece by piece: plain, gzip or zstd by its content, not by its name.
///
/// Memory is bounded as that of ``LineReader``. Damage is ``FailureKind/integrity`` naming the byte
/// offset in the file as it lies on disk.
public final class ByteReader {
    /// The file, as the user named it.
    public let path: String
    private let decoder: any ChunkDecoder
    private let buffer: UnsafeMutableRawBufferPointer

    /// Opens `path`; see ``LineReader/init(path:acceptTorn:)`` for what is refused.
    public init(path: String) throws(Failure) {
        self.path = path
        decoder = try DecoderChoice.decoder(for: InputFile(path: path))
        buffer = .allocate(byteCount: decoder.preferredCapacity, alignment: 64)
    }

    deinit { buffer.deallocate() }

    /// The next bytes, at least one, or nil at the end; valid until the next call.
    public func next() throws(Failure) -> UnsafeRawBufferPointer? {
        do throws(DecodeProblem) {
            let count = try decoder.decode(into: buffer)
            return count == 0 ? nil : UnsafeRawBufferPointer(rebasing: buffer[..<count])
        } catch {
            switch error {
            case .system(let failure): throw failure
            case .damage(let reason, let offset):
                throw Failure(
                    .integrity, "\(path): \(reason) at byte \(offset); fetch the file again")
            }
        }
    }
}

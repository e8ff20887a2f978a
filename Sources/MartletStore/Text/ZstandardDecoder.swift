// Zstandard in: any number of frames, content checksums checked, memory bounded.

import CZstandard
import MartletModel

/// Decodes a file of Zstandard frames.
final class ZstandardDecoder: ChunkDecoder {
    /// Frames whose window is larger than 2^24 bytes (16 MiB) are refused, to bound memory.
    static let windowLogMax: Int32 = 24

    let preferredCapacity = 1 << 20
    let isWorthPrefetching: Bool
    private let input: CompressedInput
    private let context: OpaquePointer
    private var isInsideFrame = false
    private var pending: DecodeProblem?

    /// Decodes `file` from its beginning.
    init(_ file: InputFile) throws(Failure) {
        input = CompressedInput(file)
        guard let context = ZSTD_createDCtx() else {
            throw Failure(.failure, "\(file.path): not enough memory to decompress it")
        }
        self.context = context
        isWorthPrefetching = file.isRegular
        _ = ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, Self.windowLogMax)
    }

    deinit { ZSTD_freeDCtx(context) }

    func decode(into target: UnsafeMutableRawBufferPointer) throws(DecodeProblem) -> Int {
        if let pending { throw pending }
        var output = ZSTD_outBuffer(dst: target.baseAddress, size: target.count, pos: 0)
        do throws(DecodeProblem) {
            while output.pos < output.size, output.pos == 0 || !input.mayWait {
                let bytes = try input.available()
                if bytes.isEmpty && !isInsideFrame { break }
                let before = output.pos
                var source = ZSTD_inBuffer(src: bytes.baseAddress, size: bytes.count, pos: 0)
                let result = ZSTD_decompressStream(context, &output, &source)
                input.consume(source.pos)
                if ZSTD_isError(result) != 0 {
                    throw .damage(Self.words(for: result), offset: input.offset)
                }
                // Without input there may still be output that did not fit the target before.
                if bytes.isEmpty && output.pos == before && result != 0 {
                    throw .damage("the zstd stream is cut off", offset: input.offset)
                }
                isInsideFrame = result != 0
            }
        } catch {
            if output.pos == 0 { throw error }
            pending = error
        }
        return output.pos
    }

    private static func words(for result: Int) -> String {
        switch ZSTD_getErrorCode(result) {
        case ZSTD_error_frameParameter_windowTooLarge:
            return
                "a zstd frame needs a window of more than 16 MiB; compress it again without --long"
        case ZSTD_error_checksum_wrong:
            return "the checksum of a zstd frame does not match its content"
        case ZSTD_error_prefix_unknown:
            return "bytes after the zstd stream belong to nothing"
        default:
            return "the zstd stream is corrupt (\(String(cString: ZSTD_getErrorName(result))))"
        }
    }
}

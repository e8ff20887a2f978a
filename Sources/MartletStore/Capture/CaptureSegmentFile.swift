// One capture segment while it is written: lines in, Zstandard frames with checksums out.

import CZstandard
import Glibc
import MartletModel

/// A capture segment open for writing. Each flush is one whole frame, so that whatever ends the
/// process, the file is good up to its last whole frame.
///
/// The file is locked while it is open: whoever finds it without seal can tell a running recorder
/// from a dead one.
final class CaptureSegmentFile {
    /// Frames hold at most this many bytes of lines, save for one longer message.
    static let frameBytesMax = 1 << 20

    let path: String
    /// Lines that wait for the next frame.
    let stage = LineStage()
    /// Bytes in the file.
    private(set) var bytes: Int64 = 0
    /// Bytes of lines in the file, before compression.
    private(set) var rawBytes: Int64 = 0
    /// Frames in the file.
    private(set) var frames: Int64 = 0

    private let descriptor: Int32
    private let context: OpaquePointer
    private var compressed: UnsafeMutableRawBufferPointer
    private var digest: Digest.SHA256?
    private var isOpen = true

    /// Creates the file.
    ///
    /// - Parameter isCreated: Called when the file is there and not locked yet.
    /// - Returns: Nil where the name is taken, or somebody who repairs captures was quicker to
    ///   lock the empty file, or has removed it already.
    init?(creating path: String, isCreated: () -> Void = {}) throws(Failure) {
        let opened = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        if opened < 0 {
            if errno == EEXIST { return nil }
            throw CaptureFailure.writing(path, code: errno)
        }
        isCreated()
        guard Self.locks(opened) else {
            close(opened)
            return nil
        }
        guard let context = ZSTD_createCCtx() else {
            close(opened)
            throw Failure(.failure, "\(path): not enough memory to compress it")
        }
        _ = ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)
        _ = ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, 3)
        self.path = path
        self.context = context
        descriptor = opened
        compressed = .allocate(byteCount: ZSTD_compressBound(1 << 16), alignment: 64)
        digest = Digest.SHA256()
    }

    /// Locks a file; false where another has the lock, or the file has no name any more.
    static func locks(_ descriptor: Int32) -> Bool {
        var facts = stat()
        return flock(descriptor, LOCK_EX | LOCK_NB) == 0 && fstat(descriptor, &facts) == 0
            && facts.st_nlink > 0
    }

    deinit {
        if isOpen { close(descriptor) }
        ZSTD_freeCCtx(context)
        compressed.deallocate()
    }

    /// Writes what is staged as one frame; nothing staged is nothing to do.
    ///
    /// - Throws: where the disk does not take it; the file then ends after its last whole frame,
    ///   and what was staged is gone.
    func flush() throws(Failure) {
        guard stage.count > 0 else { return }
        defer { stage.removeAll() }
        let bound = ZSTD_compressBound(stage.count)
        if compressed.count < bound {
            compressed.deallocate()
            compressed = .allocate(byteCount: bound, alignment: 64)
        }
        let count = ZSTD_compress2(
            context, compressed.baseAddress, compressed.count, stage.base, stage.count)
        guard ZSTD_isError(count) == 0 else {
            throw Failure(
                .failure,
                "\(path): cannot be compressed: \(String(cString: ZSTD_getErrorName(count)))")
        }
        let frame = UnsafeRawBufferPointer(rebasing: compressed[..<count])
        var done = 0
        while done < count {
            let written = retryingInterrupts {
                write(descriptor, frame.baseAddress! + done, count - done)
            }  // a frame is not empty, so it has a base address
            guard written > 0 else {
                let code = errno
                _ = ftruncate(descriptor, off_t(bytes))
                throw CaptureFailure.writing(path, code: code)
            }
            done += written
        }
        digest?.update(frame)
        bytes += Int64(count)
        rawBytes += Int64(stage.count)
        frames += 1
    }

    /// Forces the file to the disk, closes it and gives its SHA-256.
    func finish() throws(Failure) -> String {
        isOpen = false
        let synced = fdatasync(descriptor)
        let code = errno
        guard close(descriptor) == 0, synced == 0 || code == EINVAL else {
            throw CaptureFailure.writing(path, code: synced == 0 ? errno : code)
        }
        return digest.take()?.finish() ?? ""
    }
}

/// What the system says about a capture that cannot be written.
enum CaptureFailure {
    static func writing(_ path: String, code: Int32) -> Failure {
        guard code == ENOSPC || code == EDQUOT || code == EFBIG else {
            return FileFailure.writing(path, code: code)
        }
        let reason = code == EFBIG ? "it is larger than the file size limit" : "the disk is full"
        return Failure(
            .failure,
            "\(path): \(reason); recording ends, everything up to the last whole frame is kept; "
                + "free some space, or set --quota-bytes")
    }
}

// Segments that a killed recorder left without seal: cut after the last whole frame, then sealed.

import CZstandard
import Glibc
public import MartletModel

/// A segment that was found without seal and is sealed now.
public struct RecoveredCapture: Hashable, Sendable {
    /// The segment.
    public let path: String
    /// Messages that are kept.
    public let messages: Int64
    /// Bytes that were cut off after the last whole frame.
    public let cutBytes: Int64
    /// What was wrong with them; empty where nothing was cut.
    public let reason: String
    /// The time of the last line kept, ns; nil where nothing was kept and the file is gone.
    public let lastTime: Int64?
}

/// Repairs what a killed recorder left.
public enum CaptureRecovery {
    /// Seals every segment below `root` that has no seal and that no recorder is writing.
    ///
    /// - Returns: What was done, one entry for each such segment.
    public static func run(
        _ root: String,
        account: (_ origin: CaptureSeal.Origin?, _ path: String) -> any CaptureAccount
    ) throws(Failure) -> [RecoveredCapture] {
        var recovered: [RecoveredCapture] = []
        for segment in try CapturePath.segments(root) where !segment.isSealed {
            if let done = try repair(segment.path, account) { recovered.append(done) }
        }
        return recovered
    }

    /// Repairs one segment; nil where a recorder is still writing it.
    static func repair(
        _ path: String, _ account: (CaptureSeal.Origin?, String) -> any CaptureAccount
    ) throws(Failure) -> RecoveredCapture? {
        let descriptor = open(path, O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileFailure.reading(path, code: errno) }
        defer { close(descriptor) }
        guard CaptureSegmentFile.locks(descriptor) else { return nil }
        let scan = try FrameScan(path)
        let cutBytes = scan.size - scan.goodBytes
        if cutBytes > 0, ftruncate(descriptor, off_t(scan.goodBytes)) != 0 {
            throw CaptureFailure.writing(path, code: errno)
        }
        if scan.goodBytes == 0 {
            unlink(path)
            return RecoveredCapture(
                path: path, messages: 0, cutBytes: cutBytes,
                reason: cutBytes > 0 ? scan.reason : "the file was empty", lastTime: nil)
        }
        let reason = cutBytes > 0 ? scan.reason : ""
        let lines = try seal(
            path, scan, .init(cutBytes: cutBytes, reason: reason), account)
        return RecoveredCapture(
            path: path, messages: lines.messages, cutBytes: cutBytes, reason: reason,
            lastTime: lines.lastTime)
    }

    private static func seal(
        _ path: String, _ scan: FrameScan, _ recovery: CaptureSeal.Recovery,
        _ account: (CaptureSeal.Origin?, String) -> any CaptureAccount
    ) throws(Failure) -> CaptureSeal.Lines {
        var lines = CaptureSeal.Lines()
        var origin: CaptureSeal.Origin?
        var counted: (any CaptureAccount)?
        let messages = try CaptureMessages(path: path, acceptTorn: true)
        while let item = try messages.next() {
            if case .fact(let fact) = item, fact.word == "segment", counted == nil {
                origin = CaptureSeal.Origin(json: fact.json)
            }
            let to = counted ?? account(origin, path)
            counted = to
            switch item {
            case .message(let message):
                lines.message(
                    bytes: message.bytes.count, isBinary: message.isBinary,
                    at: message.receiveTime)
                to.message(
                    message.bytes, isBinary: message.isBinary, request: message.request,
                    at: message.receiveTime)
            case .fact(let fact):
                lines.fact(at: fact.time)
                to.fact(fact.word, fact.json, at: fact.time)
            }
        }
        let text = CaptureSeal.text(
            path: path, sha256: try Digest.sha256(file: path), bytes: scan.goodBytes,
            rawBytes: scan.rawBytes, frames: scan.frames, origin: origin, lines: lines,
            recovery: recovery, summary: counted?.summary() ?? [])
        try AtomicFile.write(text, to: CapturePath.seal(of: path))
        return lines
    }
}

/// Finds out where the last whole frame of a file ends.
private struct FrameScan {
    private(set) var size: Int64 = 0
    private(set) var goodBytes: Int64 = 0
    private(set) var rawBytes: Int64 = 0
    private(set) var frames: Int64 = 0
    private(set) var reason = ""

    /// Decodes the whole file, frame by frame, checksums checked.
    init(_ path: String) throws(Failure) {
        let file = try InputFile(path: path)
        size = Int64(file.size)
        guard file.size > 0 else { return }
        let mapped = try MappedFile(file)
        guard let context = ZSTD_createDCtx() else {
            throw Failure(.failure, "\(path): not enough memory to decompress it")
        }
        defer { ZSTD_freeDCtx(context) }
        _ = ZSTD_DCtx_setParameter(
            context, ZSTD_d_windowLogMax, ZstandardDecoder.windowLogMax)
        let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 64)
        defer { scratch.deallocate() }
        var source = ZSTD_inBuffer(
            src: mapped.bytes.baseAddress, size: mapped.bytes.count, pos: 0)
        var inFrame: Int64 = 0
        while true {
            var output = ZSTD_outBuffer(dst: scratch.baseAddress, size: scratch.count, pos: 0)
            let before = source.pos
            let result = ZSTD_decompressStream(context, &output, &source)
            if ZSTD_isError(result) != 0 {
                reason = String(cString: ZSTD_getErrorName(result))
                return
            }
            inFrame += Int64(output.pos)
            if result == 0 {
                goodBytes = Int64(source.pos)
                rawBytes += inFrame
                frames += 1
                inFrame = 0
                if source.pos == source.size { return }
            } else if source.pos == before, output.pos == 0 {
                reason = "the last frame is not complete"
                return
            }
        }
    }
}

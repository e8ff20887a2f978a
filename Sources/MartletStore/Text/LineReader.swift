// Lines of a text file, plain, gzip or zstd, in bounded memory, as views into one buffer.

import Glibc
public import MartletModel

/// Where a torn or corrupt file was cut because the caller accepted that.
public struct CutTail: Hashable, Sendable {
    /// The last line that was kept, counted from 1; 0 where none was.
    public let lastGoodLine: Int64
    /// The offset in the file as it lies on disk where the damage was met.
    public let byteOffset: Int64
    /// What was wrong there.
    public let reason: String

    /// A cut after `lastGoodLine`.
    public init(lastGoodLine: Int64, byteOffset: Int64, reason: String) {
        self.lastGoodLine = lastGoodLine
        self.byteOffset = byteOffset
        self.reason = reason
    }
}

/// Reads a text file line by line: plain, gzip or zstd by its content, not by its name.
///
/// Memory is bounded: at most 24 MiB for a small gzip file that is decoded in one go, 4 MiB for
/// others, more only for lines longer than 1 MiB. Damage is ``FailureKind/integrity`` naming the
/// last good line and the byte offset, unless torn files are accepted: then the complete lines
/// are delivered and ``cut`` says what was lost.
public final class LineReader {
    /// Lines longer than this many bytes (16 MiB) are refused.
    public static let lineLengthMax = 16 << 20
    /// This many bytes after every line may be read (not trusted).
    public static let readableSlack = 64

    /// The file, as the user named it.
    public let path: String
    /// The number of the last line delivered, counted from 1.
    public private(set) var lineNumber: Int64 = 0
    /// What was lost at the end, where torn files are accepted.
    public private(set) var cut: CutTail?
    /// Whether the last line delivered had no line end. True for the last line of a file only.
    public private(set) var isUnterminated = false

    private let acceptTorn: Bool
    private var decoder: any ChunkDecoder
    private var hasPrefetched = false
    private var buffer: LineBuffer
    private var capacity: Int { buffer.capacity }
    private var cursor = 0
    private var end = 0
    private let fileSize: Int
    private var isAtEnd = false
    private var foundAhead: (reason: String, offset: Int)?

    /// Opens `path`.
    ///
    /// - Parameter acceptTorn: Keep the complete lines of a torn or corrupt file.
    /// - Throws: ``FailureKind/notFound`` for a missing file, ``FailureKind/failure`` for
    ///   directories and permissions, ``FailureKind/integrity`` for an empty file.
    public init(path: String, acceptTorn: Bool = false) throws(Failure) {
        self.path = path
        self.acceptTorn = acceptTorn
        let file = try InputFile(path: path)
        fileSize = file.size
        decoder = try DecoderChoice.decoder(for: file)
        buffer = LineBuffer(capacity: decoder.preferredCapacity)
    }

    /// The next line without its line end (`\n` or `\r\n`), or nil at the end. The bytes are
    /// valid until the next call, and ``readableSlack`` bytes after them may be read.
    public func next() throws(Failure) -> UnsafeRawBufferPointer? {
        while true {
            let start = buffer.base + cursor
            if cursor < end, let newline = memchr(start, 10, end - cursor) {
                var count = UnsafeRawPointer(newline) - UnsafeRawPointer(start)
                cursor += count + 1
                lineNumber += 1
                if count > Self.lineLengthMax { throw tooLong() }
                if count > 0, start.load(fromByteOffset: count - 1, as: UInt8.self) == 13 {
                    count -= 1
                }
                return UnsafeRawBufferPointer(start: start, count: count)
            }
            if isAtEnd {
                guard cursor < end, cut == nil else { return nil }
                isUnterminated = true
                lineNumber += 1
                let rest = UnsafeRawBufferPointer(start: start, count: end - cursor)
                cursor = end
                if rest.count > Self.lineLengthMax { throw tooLong() }
                return rest.last == 13 ? UnsafeRawBufferPointer(rebasing: rest.dropLast()) : rest
            }
            try refill()
        }
    }

    /// Takes the last delivered line back and ends the file before it: for callers that find it
    /// to be torn.
    ///
    /// - Throws: ``FailureKind/integrity`` where torn files are not accepted.
    public func cutLastLine(reason: String) throws(Failure) {
        lineNumber -= 1
        try damaged(reason, offset: fileSize)
        end(at: end)
    }

    /// A failure about the last line delivered: ``FailureKind/integrity`` naming file and line. A
    /// compressed file that is corrupt further on gave that line already: then that is named first,
    /// unless torn files are accepted.
    public func failure(_ message: String) -> Failure {
        guard let (reason, offset) = damageAhead() else {
            return Failure(.integrity, "\(path): line \(lineNumber): \(message)")
        }
        if acceptTorn {
            return Failure(
                .integrity,
                "\(path): line \(lineNumber): \(message); the file is damaged further on as well "
                    + "(\(reason) at byte \(offset))")
        }
        return damage(
            "\(reason) at byte \(offset), and line \(lineNumber) is wrong (\(message))",
            lastGoodLine: lineNumber - 1)
    }

    /// Refuses the last line delivered, as ``failure(_:)`` puts it, unless the file is damaged
    /// further on and torn files are accepted: then the file ends before that line, as ``cut``
    /// says. For lines that do not parse, which is what damage looks like, and that left nothing
    /// behind; whatever else is wrong with a line is a ``failure(_:)`` in any file.
    public func refuseLastLine(_ message: String) throws(Failure) {
        guard acceptTorn, let (reason, offset) = damageAhead() else { throw failure(message) }
        lineNumber -= 1
        try damaged(reason, offset: offset)
    }

    /// Where the rest of a compressed file is damaged, looking at most 256 MiB ahead. The reader is
    /// at its end afterwards.
    private func damageAhead() -> (reason: String, offset: Int)? {
        guard foundAhead == nil, !isAtEnd, !(decoder is PlainDecoder) else { return foundAhead }
        var looked = 0
        do throws(DecodeProblem) {
            while looked < 256 << 20 {
                let count = try decoder.decode(
                    into: UnsafeMutableRawBufferPointer(start: buffer.base, count: capacity))
                if count == 0 { break }
                looked += count
            }
        } catch {
            if case .damage(let reason, let offset) = error { foundAhead = (reason, offset) }
        }
        end(at: 0)
        return foundAhead
    }

    private func end(at position: Int) {
        cursor = position
        end = position
        isAtEnd = true
    }

    /// Moves what is left to the front of the buffer and decodes behind it.
    private func refill() throws(Failure) {
        let left = end - cursor
        if left > 0, cursor > 0 { memmove(buffer.base, buffer.base + cursor, left) }
        cursor = 0
        end = left
        if left > capacity / 2, left == capacity || capacity < 4 << 20 { try grow() }
        let target = UnsafeMutableRawBufferPointer(start: buffer.base + end, count: capacity - end)
        do throws(DecodeProblem) {
            let count = try decoder.decode(into: target)
            end += count
            if count == 0 { isAtEnd = true }
            if count == target.count { prefetchFromNowOn() }
        } catch {
            switch error {
            case .system(let failure): throw failure
            case .damage(let reason, let offset):
                try damaged(reason, offset: offset)
                isAtEnd = true
                end = 0
            }
        }
        memset(buffer.base + end, 0, Self.readableSlack)
    }

    /// A file that goes on after its first piece is decoded ahead on a second thread.
    private func prefetchFromNowOn() {
        guard !hasPrefetched, decoder.isWorthPrefetching else { return }
        hasPrefetched = true
        // The decoder changes hands here: nothing on this thread refers to it afterwards.
        nonisolated(unsafe) let handedOver = decoder
        if let prefetching = PrefetchingDecoder(handedOver) { decoder = prefetching }
    }

    private func grow() throws(Failure) {
        guard capacity <= Self.lineLengthMax else {
            lineNumber += 1
            throw tooLong()
        }
        let larger = min(capacity * 2, Self.lineLengthMax + (1 << 20))
        let replacement = LineBuffer(capacity: larger)
        memcpy(replacement.base, buffer.base, end)
        buffer = replacement
    }

    private func damaged(_ reason: String, offset: Int) throws(Failure) {
        guard acceptTorn else {
            throw damage("\(reason) at byte \(offset)", lastGoodLine: lineNumber)
        }
        cut = CutTail(lastGoodLine: lineNumber, byteOffset: Int64(offset), reason: reason)
    }

    private func damage(_ words: String, lastGoodLine: Int64) -> Failure {
        Failure(
            .integrity,
            "\(path): \(words); the last good line is \(lastGoodLine); "
                + "fetch the file again, or keep its complete lines with --accept-torn")
    }

    private func tooLong() -> Failure {
        failure("is longer than 16 MiB; this is not a file of lines")
    }
}

/// The buffer that lines are views into, with readable slack after it.
private final class LineBuffer {
    /// From this size on the system is asked for huge pages: fewer page faults.
    private static let hugeSize = 4 << 20
    private static let hugePage = 2 << 20

    let base: UnsafeMutableRawPointer
    let capacity: Int

    init(capacity: Int) {
        self.capacity = capacity
        let count = capacity + LineReader.readableSlack
        let isHuge = capacity >= Self.hugeSize
        base = .allocate(byteCount: count, alignment: isHuge ? Self.hugePage : 64)
        if isHuge { madvise(base, count / Self.hugePage * Self.hugePage, MADV_HUGEPAGE) }
    }

    deinit { base.deallocate() }
}

// Lines of a file or of standard input as they come, in bounded memory; a monster line is passed.

import Glibc
public import MartletModel

/// Reads lines from a file or a pipe: plain, gzip or zstd by its content.
///
/// Made for streams: a line is handed on as soon as its end was read, ``mayWait`` tells when the
/// next one has to be waited for, and a line of more than 16 MiB is reported and passed, not kept.
/// Memory stays below 36 MiB. Damage of a compressed input ends the lines; see ``damage``.
public final class StreamedLines {
    /// Lines longer than this many bytes (16 MiB) are passed.
    public static let lineLengthMax = 16 << 20

    /// A line, or the place of one that was too long.
    public enum Line {
        /// The bytes without the line end (`\n` or `\r\n`), valid until the next call.
        case text(UnsafeRawBufferPointer)
        /// More than ``lineLengthMax`` bytes.
        case tooLong
    }

    /// The file as the user named it, or `standard input`.
    public let path: String
    /// The number of the last line, counted from 1.
    public private(set) var lineNumber: Int64 = 0
    /// Why the lines ended early, and where in the file as it lies on disk; nil at a proper end.
    public private(set) var damage: (reason: String, byteOffset: Int)?

    private let decoder: any ChunkDecoder
    private let isStream: Bool
    private var buffer: UnsafeMutableRawBufferPointer
    private var cursor = 0
    private var end = 0
    /// Bytes from the cursor on that are known to hold no line end.
    private var searched = 0
    private var isAtEnd = false

    /// Opens a file, or standard input where `path` is nil or `-`.
    ///
    /// - Throws: ``FailureKind/notFound`` for a missing file, ``FailureKind/failure`` for
    ///   directories and permissions, ``FailureKind/integrity`` for archives and other formats.
    public init(path: String?) throws(Failure) {
        let file: InputFile
        if let path, path != "-" {
            file = try InputFile(path: path)
        } else {
            file = try InputFile.standardInput()
        }
        self.path = file.path
        isStream = !file.isRegular
        decoder = try DecoderChoice.decoder(forStream: file)
        buffer = .allocate(byteCount: max(decoder.preferredCapacity, 1 << 20), alignment: 64)
    }

    deinit { buffer.deallocate() }

    /// Whether the next line may have to be waited for: a pipe without a whole line at hand.
    public var mayWait: Bool { isStream && !isAtEnd && newline() == nil }

    /// The next line, or nil at the end or at damage.
    public func next() throws(Failure) -> Line? {
        var isTooLong = false
        while true {
            if let place = newline() {
                let line = UnsafeRawBufferPointer(rebasing: buffer[cursor..<place])
                cursor = place + 1
                searched = 0
                return deliver(line, isTooLong)
            }
            if isAtEnd {
                guard cursor < end || isTooLong else { return nil }
                let line = UnsafeRawBufferPointer(rebasing: buffer[cursor..<end])
                cursor = end
                searched = 0
                // The start of a line that damage cut off is no line.
                return damage == nil ? deliver(line, isTooLong) : nil
            }
            if end - cursor > Self.lineLengthMax {
                isTooLong = true
                cursor = end
                searched = 0
            }
            try refill()
        }
    }

    private func deliver(_ line: UnsafeRawBufferPointer, _ isTooLong: Bool) -> Line {
        lineNumber += 1
        if isTooLong || line.count > Self.lineLengthMax { return .tooLong }
        return .text(line.last == 13 ? UnsafeRawBufferPointer(rebasing: line.dropLast()) : line)
    }

    /// The index of the next line end, or nil where none was read yet.
    private func newline() -> Int? {
        guard let base = buffer.baseAddress, cursor + searched < end,
            let found = memchr(base + cursor + searched, 10, end - cursor - searched)
        else {
            searched = end - cursor
            return nil
        }
        let place = UnsafeMutableRawPointer(found) - base
        searched = place - cursor
        return place
    }

    /// Moves what is left to the front of the buffer and decodes behind it.
    private func refill() throws(Failure) {
        let left = end - cursor
        if cursor > 0, left > 0 {
            buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[cursor..<end]))
        }
        cursor = 0
        end = left
        if left > buffer.count / 2 { grow() }
        do throws(DecodeProblem) {
            let count = try decoder.decode(
                into: UnsafeMutableRawBufferPointer(rebasing: buffer[end...]))
            end += count
            isAtEnd = count == 0
        } catch {
            isAtEnd = true
            switch error {
            case .system(let failure): throw failure
            case .damage(let reason, let offset): damage = (reason, offset)
            }
        }
    }

    /// Twice the room: at most 34 MiB, because longer lines are passed before it is full.
    private func grow() {
        let larger = UnsafeMutableRawBufferPointer.allocate(
            byteCount: buffer.count * 2, alignment: 64)
        larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[..<end]))
        buffer.deallocate()
        buffer = larger
    }
}

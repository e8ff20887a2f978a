// Raw captures in: one received message per line, stamped with its receive time.

public import MartletModel

/// One line of a capture.
public struct CaptureLine {
    /// What a line holds.
    @frozen public enum Content: Hashable, Sendable {
        /// A message exactly as received.
        case message
        /// A fact that the recorder noted: `#word {json}`; the payload is `word {json}`.
        case recorderFact
    }

    /// Line number, counted from 1.
    public let number: Int64
    /// When the socket reader had the bytes, ns since the epoch.
    public let receiveTime: Int64
    /// Message or recorder fact.
    public let content: Content
    /// The payload; valid until the next line is read, and 64 bytes after it may be read.
    public let payload: UnsafeRawBufferPointer
}

/// Reads a capture: lines `<receive time, ns> <payload>`, plain, gzip or zstd.
///
/// Blank lines are skipped, CRLF is tolerated. A torn or corrupt file is refused with
/// ``FailureKind/integrity`` naming the last good line, unless `acceptTorn` is set: then all
/// complete lines are delivered and ``cut`` tells what was lost.
public struct CaptureReader: ~Copyable {
    private let lines: LineReader

    /// Opens a capture; see ``LineReader/init(path:acceptTorn:)`` for what is refused.
    public init(path: String, acceptTorn: Bool = false) throws(Failure) {
        lines = try LineReader(path: path, acceptTorn: acceptTorn)
    }

    /// The file, as the user named it.
    public var path: String { lines.path }
    /// The number of the last line read, blank lines included, counted from 1.
    public var lineNumber: Int64 { lines.lineNumber }
    /// What was lost at the end of a torn file; known once ``next()`` has returned nil.
    public var cut: CutTail? { lines.cut }

    /// The next line, or nil at the end.
    public func next() throws(Failure) -> CaptureLine? {
        while let line = try lines.next() {
            let count = line.count
            if count == 0 { continue }
            if lines.isUnterminated, !Self.looksComplete(line) {
                try lines.cutLastLine(reason: "the last line is cut off")
                return nil
            }
            if let parsed = parse(line) { return parsed }
            try lines.refuseLastLine(
                "expected a receive time in ns since 1970, one blank, and the message as received")
        }
        return nil
    }

    /// A failure about the last line read; see ``LineReader/failure(_:)``.
    public func failure(_ message: String) -> Failure { lines.failure(message) }

    /// Refuses the last line read, or ends the capture before it; see
    /// ``LineReader/refuseLastLine(_:)``.
    public func refuseLastLine(_ message: String) throws(Failure) {
        try lines.refuseLastLine(message)
    }

    /// Takes back the last line read and ends the capture before it, for a payload that turns out
    /// to be torn: refused like any torn file unless torn files are accepted.
    public func cutLastLine(reason: String) throws(Failure) {
        try lines.cutLastLine(reason: reason)
    }

    /// The parts of a line; nil where it does not have them.
    private func parse(_ line: UnsafeRawBufferPointer) -> CaptureLine? {
        var time: Int64 = 0
        var index = 0
        while index < line.count {
            let digit = line[index] &- 48
            if digit > 9 { break }
            // 18 digits cannot overflow; a 19th may.
            if index >= 18 {
                let (scaled, overflow) = time.multipliedReportingOverflow(by: 10)
                let (sum, overflowSum) = scaled.addingReportingOverflow(Int64(digit))
                if overflow || overflowSum || index > 18 { return nil }
                time = sum
            } else {
                time = time &* 10 &+ Int64(digit)
            }
            index += 1
        }
        guard index > 0, index + 1 < line.count, line[index] == 32 else { return nil }
        index += 1
        let isFact = line[index] == UInt8(ascii: "#")
        if isFact { index += 1 }
        return CaptureLine(
            number: lines.lineNumber, receiveTime: time,
            content: isFact ? .recorderFact : .message,
            payload: UnsafeRawBufferPointer(rebasing: line[index...]))
    }

    /// Whether a line without line end is whole: its brackets are balanced, and it has some.
    static func looksComplete(_ line: UnsafeRawBufferPointer) -> Bool {
        var depth = 0
        var hasBrackets = false
        var isQuoted = false
        var isEscaped = false
        for byte in line {
            if isQuoted {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isQuoted = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): isQuoted = true
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                hasBrackets = true
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            default: break
            }
        }
        return hasBrackets && depth == 0 && !isQuoted
    }
}

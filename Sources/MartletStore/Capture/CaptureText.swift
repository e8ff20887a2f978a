// The lines of a capture: how messages and facts are written down, byte for byte recoverable.

import Glibc

/// Writes the lines of captures.
///
/// A text message stands as it came: `<ns> <payload>`. What a line cannot hold that way (a line
/// feed, a carriage return, nothing at all, a beginning that means something else) stands as
/// `b64:`, after a fact `#text {}` that says it was text. Binary messages are always `b64:`.
public enum CaptureText {
    /// Messages of more bytes than this are not recorded: their line could not be read back.
    public static let messageBytesMax = 11 << 20

    /// What a base64 payload begins with.
    static let base64Mark = Array("b64:".utf8)

    /// Whether a text message can stand in a line as it is.
    static func fitsLine(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let first = bytes.first, first != UInt8(ascii: "#") else { return false }
        if first == UInt8(ascii: "b"), bytes.starts(with: base64Mark) { return false }
        return !contains(10, bytes) && !contains(13, bytes)
    }

    /// Appends the lines of one message, and before them the fact that names the request it
    /// answers.
    static func append(
        _ bytes: UnsafeRawBufferPointer, isBinary: Bool, request: String?, at time: Int64,
        to buffer: LineStage
    ) {
        if let request {
            append("response", JSONText.object([("request", .string(request))]).line, time, buffer)
        }
        if !isBinary, fitsLine(bytes) {
            buffer.append(time: time)
            buffer.append(bytes)
        } else {
            if !isBinary { append("text", "{}", time, buffer) }
            buffer.append(time: time)
            base64Mark.withUnsafeBytes { buffer.append($0) }
            Base64.encode(bytes, to: buffer)
        }
        buffer.append(10)
    }

    /// Appends the line of a fact. Line breaks in `json`, which JSON allows between its parts only,
    /// become blanks.
    static func append(_ word: String, _ json: String, _ time: Int64, _ buffer: LineStage) {
        buffer.append(time: time)
        buffer.append(UInt8(ascii: "#"))
        for byte in word.utf8 { buffer.append(byte) }
        buffer.append(32)
        for byte in json.utf8 { buffer.append(byte == 10 || byte == 13 ? 32 : byte) }
        buffer.append(10)
    }

    private static func contains(_ byte: UInt8, _ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let base = bytes.baseAddress else { return false }
        return memchr(base, Int32(byte), bytes.count) != nil
    }
}

/// Lines that wait to be compressed; memory is kept from frame to frame.
final class LineStage {
    private(set) var base: UnsafeMutableRawPointer
    private(set) var count = 0
    private var capacity = 1 << 16

    init() { base = .allocate(byteCount: capacity, alignment: 64) }

    deinit { base.deallocate() }

    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }

    func removeAll() {
        count = 0
        guard capacity > 4 << 20 else { return }
        // One huge message must not hold its memory for ever.
        base.deallocate()
        capacity = 1 << 16
        base = .allocate(byteCount: capacity, alignment: 64)
    }

    func append(_ byte: UInt8) {
        reserve(1)
        base.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
        count += 1
    }

    func append(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress, bytes.count > 0 else { return }
        reserve(bytes.count)
        memcpy(base + count, source, bytes.count)
        count += bytes.count
    }

    /// The time in digits, and a blank. Times before 1970 are written as 0.
    func append(time: Int64) {
        reserve(24)
        var digits: InlineArray<20, UInt8> = .init(repeating: 0)
        var length = 0
        var rest = max(0, time)
        repeat {
            digits[length] = 48 + UInt8(rest % 10)
            rest /= 10
            length += 1
        } while rest > 0
        for index in 0..<length {
            base.storeBytes(of: digits[length - 1 - index], toByteOffset: count, as: UInt8.self)
            count += 1
        }
        append(32)
    }

    func reserve(_ more: Int) {
        guard count + more > capacity else { return }
        while count + more > capacity { capacity *= 2 }
        let larger = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 64)
        memcpy(larger, base, count)
        base.deallocate()
        base = larger
    }
}

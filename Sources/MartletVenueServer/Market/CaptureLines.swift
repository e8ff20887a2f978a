// Lines of recordings in any of the formats that a venue server reads, merged by time.

import MartletModel
import MartletStore

/// One recorded message.
struct RecordedMessage {
    /// When it was received, ns since the epoch.
    let time: Int64
    /// The payload; 64 bytes after it may be read, see ``LineReader``.
    let payload: [UInt8]
    /// How many bytes of ``payload`` are the message.
    let count: Int
    /// Whether it came in a binary frame.
    let isBinary: Bool
    /// The request that it answers, as ``Frame/request`` wants it.
    let request: String?
    /// Whether the connection was lost before it.
    let followsLoss: Bool
}

/// Reads one recording: lines `<ns> <payload>` with facts `<ns> #word {json}`, or the lines of
/// cryptofeed's recorder: `<seconds>: <payload>` and `<address> -> <seconds>: <payload>`.
struct CaptureLines {
    private let reader: LineReader
    private var request: String?
    private var followsLoss = false
    private var lastTime: Int64 = 0
    /// Lines that are none of a recording.
    private(set) var unusable: Int64 = 0

    /// Opens a recording; the complete lines of a torn one are used.
    init(path: String) throws(Failure) {
        reader = try LineReader(path: path, acceptTorn: true)
    }

    /// The next message, or nil at the end.
    mutating func next() throws(Failure) -> RecordedMessage? {
        while let line = try reader.next() {
            guard line.count > 0 else { continue }
            if let message = read(line) { return message }
        }
        return nil
    }

    private mutating func read(_ line: UnsafeRawBufferPointer) -> RecordedMessage? {
        let bytes = line.bindMemory(to: UInt8.self)
        guard let first = bytes.first else { return nil }
        guard first >= 48, first <= 57 else { return otherLine(bytes) }
        var index = 0
        while index < bytes.count, bytes[index] >= 48, bytes[index] <= 57 { index += 1 }
        guard index < bytes.count else { return nil }
        if bytes[index] == UInt8(ascii: " ") {
            guard let time = Int64(text(bytes[..<index])), index + 1 < bytes.count else {
                unusable += 1
                return nil
            }
            let rest = UnsafeBufferPointer(rebasing: bytes[(index + 1)...])
            if rest[0] == UInt8(ascii: "#") {
                note(rest)
                return nil
            }
            return message(rest, time)
        }
        return stamped(bytes, request: nil)
    }

    /// `<seconds>: <payload>`.
    private mutating func stamped(
        _ bytes: UnsafeBufferPointer<UInt8>, request: String?
    ) -> RecordedMessage? {
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")), colon + 2 < bytes.count,
            let time = Self.nanoseconds(text(bytes[..<colon]))
        else {
            unusable += 1
            return nil
        }
        self.request = request
        return message(UnsafeBufferPointer(rebasing: bytes[(colon + 2)...]), time)
    }

    /// Seconds with fraction, as ns.
    static func nanoseconds(_ seconds: String) -> Int64? {
        guard let value = ExactDecimal(seconds), value.mantissa >= 0 else { return nil }
        return value.roundedMantissa(atScale: 9)
    }

    /// `<address> -> <seconds>: <payload>` is an answer; other lines with an address are facts. A
    /// bare message has no time of its own: it comes 100 ms after the one before.
    private mutating func otherLine(_ bytes: UnsafeBufferPointer<UInt8>) -> RecordedMessage? {
        if bytes[0] == UInt8(ascii: "{") || bytes[0] == UInt8(ascii: "[") {
            return message(bytes, lastTime + 100_000_000)
        }
        let head = text(bytes.prefix(2000))
        guard head.hasPrefix("http"), let arrow = head.utf8.firstRange(of: " -> ".utf8) else {
            if !head.hasPrefix("ws"), !head.hasPrefix("configuration") { unusable += 1 }
            return nil
        }
        let address = head[..<arrow.lowerBound]
        let path = address.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: true)
        guard path.count == 3 else { return nil }
        let start = head.utf8.distance(from: head.startIndex, to: arrow.upperBound)
        return stamped(
            UnsafeBufferPointer(rebasing: bytes[start...]), request: "GET /" + path[2])
    }

    private mutating func note(_ fact: UnsafeBufferPointer<UInt8>) {
        let text = text(fact[...])
        if text.hasPrefix("#response "),
            let named = ClientJSON.parse(String(text.dropFirst(10)))?["request"]?.text
        {
            request = named
        } else if text.hasPrefix("#disconnected") || text.hasPrefix("#gap") {
            followsLoss = true
        }
    }

    private mutating func message(
        _ bytes: UnsafeBufferPointer<UInt8>, _ time: Int64
    ) -> RecordedMessage? {
        defer {
            request = nil
            followsLoss = false
        }
        lastTime = time
        if bytes.starts(with: "b64:".utf8) {
            guard var decoded = Base64.decode(bytes[4...]) else {
                unusable += 1
                return nil
            }
            let count = decoded.count
            decoded += [UInt8](repeating: 0, count: LineReader.readableSlack)
            return RecordedMessage(
                time: time, payload: decoded, count: count, isBinary: true, request: request,
                followsLoss: followsLoss)
        }
        var payload = [UInt8]()
        payload.reserveCapacity(bytes.count + LineReader.readableSlack)
        payload.append(contentsOf: bytes)
        payload.append(contentsOf: repeatElement(0, count: LineReader.readableSlack))
        return RecordedMessage(
            time: time, payload: payload, count: bytes.count, isBinary: false, request: request,
            followsLoss: followsLoss)
    }

    private func text(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) -> String {
        String(decoding: bytes, as: UTF8.self)
    }
}

/// Several recordings as one, by time.
struct MergedCaptures {
    private var files: [CaptureLines]
    private var heads: [RecordedMessage?]

    /// Opens all files.
    init(paths: [String]) throws(Failure) {
        files = []
        heads = []
        for path in paths {
            var file = try CaptureLines(path: path)
            heads.append(try file.next())
            files.append(file)
        }
    }

    /// Lines that are none of a recording.
    var unusable: Int64 { files.reduce(0) { $0 + $1.unusable } }

    /// The time of the next message; nil at the end.
    var nextTime: Int64? { heads.compactMap { $0?.time }.min() }

    /// The next message by time, files in the order given where equal.
    mutating func next() throws(Failure) -> RecordedMessage? {
        guard let time = nextTime, let index = heads.firstIndex(where: { $0?.time == time }) else {
            return nil
        }
        let message = heads[index]
        heads[index] = try files[index].next()
        return message
    }
}

/// Base64 as RFC 4648 has it.
enum Base64 {
    /// The bytes of a text; nil where it is none.
    static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
        var bytes: [UInt8] = []
        var buffer: UInt32 = 0
        var bits = 0
        var padding = 0
        for letter in text {
            let value: UInt32
            switch letter {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = UInt32(letter) - 65
            case UInt8(ascii: "a")...UInt8(ascii: "z"): value = UInt32(letter) - 71
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = UInt32(letter) + 4
            case UInt8(ascii: "+"): value = 62
            case UInt8(ascii: "/"): value = 63
            case UInt8(ascii: "="):
                padding += 1
                continue
            default: return nil
            }
            guard padding == 0 else { return nil }
            buffer = buffer << 6 | value
            bits += 6
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: buffer >> UInt32(bits)))
            }
        }
        return padding <= 2 && bits < 6 ? bytes : nil
    }
}

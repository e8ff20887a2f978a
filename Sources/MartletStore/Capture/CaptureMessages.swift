// The messages of a capture as they were received: base64 undone, answers with their requests.

import FoundationEssentials
public import MartletModel

/// One message of a capture.
public struct CaptureMessage {
    /// The line it stands in, counted from 1.
    public let number: Int64
    /// When the socket reader had the bytes, ns since the epoch.
    public let receiveTime: Int64
    /// Whether it came in a binary frame.
    public let isBinary: Bool
    /// For the answer to a request: method, path and body.
    public let request: String?
    /// The bytes as received; valid until the next read, and 64 bytes after them may be read.
    public let bytes: UnsafeRawBufferPointer
}

/// A fact that the recorder noted.
public struct CaptureFact {
    /// When, ns since the epoch.
    public let time: Int64
    /// What: `connected`, `sent`, `gap`, `resync`, `disconnected`, `segment`.
    public let word: String
    /// A JSON object with the details; valid until the next read.
    public let json: UnsafeRawBufferPointer
}

/// What a capture holds.
public enum CaptureItem {
    /// A message.
    case message(CaptureMessage)
    /// A fact.
    case fact(CaptureFact)
}

/// Reads a capture message by message. Facts that only say how to read the next line (`#response`,
/// `#text`) are applied to it and not handed on.
public final class CaptureMessages {
    private let reader: CaptureReader
    private let decoded = LineStage()
    private var request: String?
    private var isText = false

    /// Opens a capture; see ``CaptureReader/init(path:acceptTorn:)``.
    public init(path: String, acceptTorn: Bool = false) throws(Failure) {
        reader = try CaptureReader(path: path, acceptTorn: acceptTorn)
    }

    /// The file, as the user named it.
    public var path: String { reader.path }
    /// What was lost at the end of a torn file; known once ``next()`` has returned nil.
    public var cut: CutTail? { reader.cut }
    /// The number of the last line read.
    public var lineNumber: Int64 { reader.lineNumber }

    /// The next message or fact, or nil at the end.
    public func next() throws(Failure) -> CaptureItem? {
        while let line = try reader.next() {
            if line.content == .recorderFact {
                guard let fact = fact(line) else { continue }
                return .fact(fact)
            }
            var bytes = line.payload
            var isBinary = false
            if bytes.starts(with: CaptureText.base64Mark) {
                decoded.removeAll()
                let digits = UnsafeRawBufferPointer(
                    rebasing: bytes[CaptureText.base64Mark.count...])
                guard Base64.decode(digits, to: decoded) else {
                    try reader.refuseLastLine("'b64:' is followed by something else than base64")
                    continue
                }
                decoded.reserve(LineReader.readableSlack)
                bytes = decoded.bytes
                isBinary = !isText
            }
            defer {
                request = nil
                isText = false
            }
            return .message(
                CaptureMessage(
                    number: line.number, receiveTime: line.receiveTime, isBinary: isBinary,
                    request: request, bytes: bytes))
        }
        return nil
    }

    /// A failure about the last line read.
    public func failure(_ message: String) -> Failure { reader.failure(message) }

    private struct Answer: Decodable { var request: String }

    private func fact(_ line: CaptureLine) -> CaptureFact? {
        let blank = line.payload.firstIndex(of: 32) ?? line.payload.endIndex
        let word = String(decoding: line.payload[..<blank], as: UTF8.self)
        let json = UnsafeRawBufferPointer(
            rebasing: line.payload[min(blank + 1, line.payload.endIndex)...])
        switch word {
        case "response":
            // A response without a request is read like any other message.
            let answer = try? JSONDecoder().decode(Answer.self, from: Data(json))  // see above
            request = answer?.request
            return nil
        case "text":
            isText = true
            return nil
        default: return CaptureFact(time: line.receiveTime, word: word, json: json)
        }
    }
}

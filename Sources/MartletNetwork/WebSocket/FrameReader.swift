// Received bytes to WebSocket messages: wslay takes the frames apart, messages are put together.

internal import CWslay

/// Who is told what the frames hold.
package protocol FrameReaderOwner: AnyObject {
    /// A complete message; the bytes are good during the call.
    func frameReader(received bytes: UnsafeBufferPointer<UInt8>, isBinary: Bool)
    /// The answer to a ping.
    func frameReader(pong payload: UnsafeBufferPointer<UInt8>)
    /// A ping; it has been answered.
    func frameReader(ping payload: UnsafeBufferPointer<UInt8>)
    /// Bytes to send that answer the peer: pongs, and the closing frame.
    func frameReader(writes bytes: UnsafeRawBufferPointer)
}

/// Why no more frames come.
package enum FrameEnd {
    /// The peer said goodbye: its code (1005 without one) and reason.
    case closed(code: Int, reason: String)
    /// The peer broke the protocol or a limit; the closing frame that says so is written.
    case violated(NetworkFailure)
}

/// Takes frames apart for a client or server. wslay reads heads, lengths and masks; here are the
/// rules between frames, compression, UTF-8 of whole texts (wslay's own check takes a step for each
/// byte, most of the time of a message), the size of messages, pongs and closing frames.
///
/// A class, because wslay keeps a pointer to it.
package final class FrameReader {
    private var context: wslay_frame_context_ptr?
    private unowned let owner: any FrameReaderOwner
    private let isServer: Bool
    private let messageBytesMax: Int
    private let inflater: MessageInflater?
    private let writer: FrameWriter
    private var input = UnsafeRawBufferPointer(start: nil, count: 0)
    private var message = ByteQueue()
    private var inflated = ByteQueue(capacity: 64)
    private var control = ByteQueue(capacity: 128)
    private var answer = ByteQueue(capacity: 256)
    /// The message under way; nil between messages.
    private var kind: FrameKind?
    private var isCompressed = false
    /// Bytes of the current frame's payload so far.
    private var frameBytes: UInt64 = 0
    private var end: FrameEnd?
    private var isStopped = false
    private var hasSaidGoodbye = false

    /// A reader at the start of a stream.
    ///
    /// - Parameters:
    ///   - isServer: Whether the peer is a client, whose frames are masked.
    ///   - deflate: What was agreed on compression; nil forbids it.
    ///   - messageBytesMax: Largest message, after decompression.
    ///   - owner: Outlives the reader.
    package init(
        isServer: Bool, deflate: DeflateTerms?, messageBytesMax: Int, owner: any FrameReaderOwner
    ) {
        self.owner = owner
        self.isServer = isServer
        self.messageBytesMax = messageBytesMax
        inflater = deflate.flatMap {
            MessageInflater(restarts: isServer ? $0.clientRestarts : $0.serverRestarts)
        }
        writer = FrameWriter(isServer: isServer, deflate: nil)
        var callbacks = wslay_frame_callbacks(
            send_callback: { _, _, _, _ in -1 },
            recv_callback: { buffer, count, _, itself in
                // wslay passes on what it was given.
                let reader = Unmanaged<FrameReader>.fromOpaque(itself!).takeUnretainedValue()
                return reader.give(buffer, count)
            },
            genmask_callback: { _, _, _ in -1 })
        let itself = Unmanaged.passUnretained(self).toOpaque()
        let problem = wslay_frame_context_init(&context, &callbacks, itself)
        precondition(problem == 0, "there is memory for a connection")
    }

    deinit { wslay_frame_context_free(context) }

    /// Takes bytes in, and tells the owner what they complete.
    ///
    /// - Returns: Why no more frames come; nil while they may.
    package func take(_ bytes: UnsafeRawBufferPointer) -> FrameEnd? {
        input = bytes
        while end == nil, !isStopped {
            var frame = wslay_frame_iocb()
            let count = wslay_frame_recv(context, &frame)
            if count >= 0 {
                take(frame)
            } else if count == Int(WSLAY_ERR_WANT_READ.rawValue) {
                if input.isEmpty { break }
            } else {
                violate(1002, "a frame's length breaks RFC 6455")
            }
        }
        input = UnsafeRawBufferPointer(start: nil, count: 0)
        return end
    }

    /// Writes a closing frame; frames of the peer are still taken, until its own closing frame.
    package func close(code: UInt16, reason: String) {
        guard !hasSaidGoodbye else { return }
        hasSaidGoodbye = true
        var payload = [UInt8(code >> 8), UInt8(code & 0xFF)]
        var reason = reason[...]
        while reason.utf8.count > 120 { reason.removeLast() }
        payload += Array(reason.utf8)
        payload.withUnsafeBytes { reply(.close, $0) }
    }

    /// Takes no more frames.
    package func stop() { isStopped = true }

    /// Hands wslay the next bytes.
    private func give(_ buffer: UnsafeMutablePointer<UInt8>?, _ count: Int) -> Int {
        let size = min(count, input.count)
        guard size > 0, let buffer, let start = input.baseAddress else { return -1 }
        UnsafeMutableRawPointer(buffer).copyMemory(from: start, byteCount: size)
        input = UnsafeRawBufferPointer(rebasing: input[size...])
        return size
    }

    /// A frame, or what has come of one.
    private func take(_ frame: wslay_frame_iocb) {
        if frameBytes == 0, let mistake = mistake(frame) {
            return violate(mistake.code, mistake.words)
        }
        let isControl = frame.opcode & 8 != 0
        let bytes = UnsafeRawBufferPointer(start: frame.data, count: frame.data_length)
        if isControl { control.append(bytes) } else { message.append(bytes) }
        frameBytes += UInt64(frame.data_length)
        guard frameBytes == frame.payload_length else { return }
        frameBytes = 0
        if isControl {
            takeControl(frame.opcode)
            control.removeAll()
        } else if frame.fin == 1 {
            deliver()
            message.removeAll()
            kind = nil
        }
    }

    /// What is wrong with the head of a frame, nil if nothing; notes what it starts.
    private func mistake(_ frame: wslay_frame_iocb) -> (code: UInt16, words: String)? {
        if (frame.mask == 1) != isServer {
            return (1002, isServer ? "a frame is not masked" : "a frame is masked")
        }
        guard let frameKind = FrameKind(rawValue: frame.opcode) else {
            return (1002, "a frame has the unknown opcode \(frame.opcode)")
        }
        let mayBeCompressed = inflater != nil && (frameKind == .text || frameKind == .binary)
        guard frame.rsv == 0 || (frame.rsv == 4 && mayBeCompressed) else {
            return (1002, "a frame uses reserved bits")
        }
        switch frameKind {
        case .text, .binary:
            guard kind == nil else { return (1002, "a message starts inside another") }
            kind = frameKind
            isCompressed = frame.rsv == 4
        case .continuation:
            guard kind != nil else { return (1002, "a continuation of no message") }
        case .close, .ping, .pong: return nil
        }
        // Before its bytes come: the length is the peer's claim.
        let room = UInt64(messageBytesMax - min(message.count, messageBytesMax))
        return frame.payload_length > room ? (1009, tooLarge) : nil
    }

    private var tooLarge: String { "a message is larger than \(messageBytesMax) bytes" }

    private func deliver() {
        let isBinary = kind == .binary
        guard isCompressed, let inflater else {
            return deliver(message.octets, isBinary: isBinary)
        }
        inflated.removeAll()
        switch inflater.inflate(message.bytes, into: &inflated, bytesMax: messageBytesMax) {
        case .tooLarge: violate(1009, tooLarge)
        case .malformed: violate(1002, "a compressed message cannot be read")
        case .done: deliver(inflated.octets, isBinary: isBinary)
        }
    }

    private func deliver(_ bytes: UnsafeBufferPointer<UInt8>, isBinary: Bool) {
        guard isBinary || isUTF8(bytes) else {
            return violate(1007, "a text message is not UTF-8")
        }
        owner.frameReader(received: bytes, isBinary: isBinary)
    }

    private func takeControl(_ opcode: UInt8) {
        switch FrameKind(rawValue: opcode) {
        case .ping:
            if !hasSaidGoodbye { reply(.pong, control.bytes) }
            owner.frameReader(ping: control.octets)
        case .pong: owner.frameReader(pong: control.octets)
        default: takeGoodbye(control.octets)
        }
    }

    private func takeGoodbye(_ payload: UnsafeBufferPointer<UInt8>) {
        if payload.isEmpty {
            if !hasSaidGoodbye { reply(.close, UnsafeRawBufferPointer(payload)) }
            hasSaidGoodbye = true
            end = .closed(code: 1005, reason: "")
            return
        }
        guard payload.count >= 2 else { return violate(1002, "a closing frame of one byte") }
        let code = UInt16(payload[0]) << 8 | UInt16(payload[1])
        // Those that RFC 6455 and IANA's list allow on the wire.
        guard [1000...1003, 1007...1014, 3000...4999].contains(where: { $0.contains(code) }) else {
            return violate(1002, "a closing frame has the code \(code)")
        }
        let words = UnsafeBufferPointer(rebasing: payload[2...])
        guard isUTF8(words) else {
            return violate(1007, "the reason of a closing frame is not UTF-8")
        }
        let reason = String(decoding: words, as: UTF8.self)
        close(code: code, reason: reason)
        end = .closed(code: Int(code), reason: reason)
    }

    private func reply(_ kind: FrameKind, _ payload: UnsafeRawBufferPointer) {
        writer.write(payload, of: kind, into: &answer)
        owner.frameReader(writes: answer.bytes)
        answer.removeAll()
    }

    private func violate(_ code: UInt16, _ words: String) {
        guard end == nil else { return }
        let failure: NetworkFailure.Code = code == 1009 ? .tooLarge : .protocol
        end = .violated(NetworkFailure(failure, status: Int(code), words))
        close(code: code, reason: "")
    }
}

/// Whether the bytes are UTF-8 throughout.
private func isUTF8(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    (try? UTF8Span(validating: bytes.span)) != nil  // the error says where; nobody asks
}

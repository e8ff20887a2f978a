// Received bytes to WebSocket messages: wslay takes the frames apart, and checks them.

internal import CWebDeflate
internal import CWslay

/// Who is told what the frames hold.
protocol FrameReaderOwner: AnyObject {
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
enum FrameEnd {
    /// The peer said goodbye: its code (1005 without one) and reason.
    case closed(code: Int, reason: String)
    /// The peer broke the protocol or a limit; the closing frame that says so is written.
    case violated(NetworkFailure)
}

/// Takes frames apart for a client or server. Checks masks, reserved bits, opcodes, lengths,
/// fragments, UTF-8 and the size of messages; answers pings and closing frames.
///
/// A class, because wslay keeps a pointer to it.
final class FrameReader {
    private var context: wslay_event_context_ptr?
    private unowned let owner: any FrameReaderOwner
    private let messageBytesMax: Int
    private let inflater: MessageInflater?
    private var message = ByteQueue()
    private var inflated = ByteQueue()
    private var isCompressed = false
    private var isBinary = false
    private var input = UnsafeRawBufferPointer(start: nil, count: 0)
    private var end: FrameEnd?
    private var closing: (code: Int, reason: String)?

    /// A reader at the start of a stream.
    ///
    /// - Parameters:
    ///   - isServer: Whether the peer is a client, whose frames are masked.
    ///   - deflate: What was agreed on compression; nil forbids it.
    ///   - messageBytesMax: Largest message, after decompression.
    ///   - owner: Outlives the reader.
    init(
        isServer: Bool, deflate: DeflateTerms?, messageBytesMax: Int, owner: any FrameReaderOwner
    ) {
        self.owner = owner
        self.messageBytesMax = messageBytesMax
        inflater = deflate.flatMap {
            MessageInflater(restarts: isServer ? $0.clientRestarts : $0.serverRestarts)
        }
        var callbacks = Self.callbacks
        let itself = Unmanaged.passUnretained(self).toOpaque()
        let problem =
            isServer
            ? wslay_event_context_server_init(&context, &callbacks, itself)
            : wslay_event_context_client_init(&context, &callbacks, itself)
        precondition(problem == 0, "there is memory for a connection")
        wslay_event_config_set_no_buffering(context, 1)
        wslay_event_config_set_max_recv_msg_length(context, UInt64(messageBytesMax))
        if inflater != nil { martlet_wslay_allow_compression(context) }
    }

    deinit { wslay_event_context_free(context) }

    /// Takes bytes in, and tells the owner what they complete.
    ///
    /// - Returns: Why no more frames come; nil while they may.
    func take(_ bytes: UnsafeRawBufferPointer) -> FrameEnd? {
        guard end == nil else { return end }
        input = bytes
        var code: Int32 = 0
        while code == 0, input.count > 0, wslay_event_get_read_enabled(context) == 1 {
            code = wslay_event_recv(context)
        }
        input = UnsafeRawBufferPointer(start: nil, count: 0)
        if wslay_event_want_write(context) == 1 { wslay_event_send(context) }
        if end == nil, wslay_event_get_read_enabled(context) == 0 || code != 0 {
            end = reasonOfEnd()
        }
        return end
    }

    /// Writes a closing frame; frames of the peer are still taken, until its own closing frame.
    func close(code: UInt16, reason: String) {
        var reason = String(reason.prefix(100))
        while reason.utf8.count > 120 { reason.removeLast() }
        reason.withUTF8 { _ = wslay_event_queue_close(context, code, $0.baseAddress, $0.count) }
        wslay_event_send(context)
    }

    /// Takes no more frames.
    func stop() { wslay_event_shutdown_read(context) }

    private func reasonOfEnd() -> FrameEnd? {
        if let closing { return .closed(code: closing.code, reason: closing.reason) }
        switch wslay_event_get_status_code_sent(context) {
        case 1007:
            return .violated(
                NetworkFailure(.protocol, status: 1007, "a text message is not UTF-8"))
        case 1009: return .violated(tooLarge)
        case 1000, 1001: return nil  // stopped by the owner
        default:
            return .violated(
                NetworkFailure(
                    .protocol, status: 1002,
                    "a frame breaks RFC 6455 (its mask, reserved bits, opcode, order or length)"))
        }
    }

    private var tooLarge: NetworkFailure {
        NetworkFailure(
            .tooLarge, status: 1009, "a message is larger than \(messageBytesMax) bytes")
    }

    // Called by wslay.

    private static let callbacks = wslay_event_callbacks(
        recv_callback: { context, buffer, count, _, itself in
            // wslay passes on what it was given.
            let reader = Unmanaged<FrameReader>.fromOpaque(itself!).takeUnretainedValue()
            return reader.give(buffer, count)
        },
        send_callback: { _, bytes, count, _, itself in
            // wslay passes on what it was given.
            let reader = Unmanaged<FrameReader>.fromOpaque(itself!).takeUnretainedValue()
            reader.owner.frameReader(writes: UnsafeRawBufferPointer(start: bytes, count: count))
            return count
        },
        genmask_callback: { _, buffer, count, _ in
            RandomMasks.fill(UnsafeMutableRawBufferPointer(start: buffer, count: count))
            return 0
        },
        on_frame_recv_start_callback: { _, argument, itself in
            // wslay passes on what it was given.
            let reader = Unmanaged<FrameReader>.fromOpaque(itself!).takeUnretainedValue()
            if let argument { reader.frameStarts(argument.pointee) }
        },
        on_frame_recv_chunk_callback: { _, argument, itself in
            // wslay passes on what it was given.
            let reader = Unmanaged<FrameReader>.fromOpaque(itself!).takeUnretainedValue()
            if let argument { reader.frameGoesOn(argument.pointee) }
        },
        on_frame_recv_end_callback: nil,
        on_msg_recv_callback: { _, argument, itself in
            // wslay passes on what it was given.
            let reader = Unmanaged<FrameReader>.fromOpaque(itself!).takeUnretainedValue()
            if let argument { reader.messageEnds(argument.pointee) }
        })

    private func give(_ buffer: UnsafeMutablePointer<UInt8>?, _ count: Int) -> Int {
        let size = min(count, input.count)
        guard size > 0, let buffer, let start = input.baseAddress else {
            wslay_event_set_error(context, Int32(WSLAY_ERR_WOULDBLOCK.rawValue))
            return -1
        }
        UnsafeMutableRawPointer(buffer).copyMemory(from: start, byteCount: size)
        input = UnsafeRawBufferPointer(rebasing: input[size...])
        return size
    }

    private var isInControlFrame = false

    private func frameStarts(_ frame: wslay_event_on_frame_recv_start_arg) {
        isInControlFrame = frame.opcode & 8 != 0
        guard !isInControlFrame else { return }
        if frame.opcode != 0 {
            message.removeAll()
            isCompressed = frame.rsv & 4 != 0
            isBinary = frame.opcode == 2
        }
        // Also before the bytes come: the length is the peer's claim.
        if frame.payload_length > UInt64(messageBytesMax - min(message.count, messageBytesMax)) {
            violate(tooLarge)
        }
    }

    private func frameGoesOn(_ chunk: wslay_event_on_frame_recv_chunk_arg) {
        guard !isInControlFrame, end == nil else { return }
        message.append(UnsafeRawBufferPointer(start: chunk.data, count: chunk.data_length))
    }

    private func messageEnds(_ argument: wslay_event_on_msg_recv_arg) {
        guard end == nil else { return }
        let payload = UnsafeBufferPointer(start: argument.msg, count: argument.msg_length)
        switch argument.opcode {
        case 1, 2: deliver()
        case 8:
            let reason = payload.count > 2 ? String(decoding: payload[2...], as: UTF8.self) : ""
            let code = argument.status_code
            closing = (code == 0 ? 1005 : Int(code), reason)
        case 9: owner.frameReader(ping: payload)
        case 10: owner.frameReader(pong: payload)
        default: break
        }
    }

    private func deliver() {
        guard isCompressed, let inflater else {
            owner.frameReader(received: message.octets, isBinary: isBinary)
            return
        }
        inflated.removeAll()
        switch inflater.inflate(message.bytes, into: &inflated, bytesMax: messageBytesMax) {
        case .tooLarge: violate(tooLarge)
        case .malformed:
            violate(
                NetworkFailure(.protocol, status: 1002, "a compressed message cannot be read"))
        case .done:
            // wslay cannot look into compressed text.
            if !isBinary, !isUTF8(inflated.octets) {
                violate(NetworkFailure(.protocol, status: 1007, "a text message is not UTF-8"))
            } else {
                owner.frameReader(received: inflated.octets, isBinary: isBinary)
            }
        }
    }

    private func violate(_ failure: NetworkFailure) {
        guard end == nil else { return }
        end = .violated(failure)
        wslay_event_shutdown_read(context)
        wslay_event_queue_close(context, UInt16(clamping: failure.status), nil, 0)
    }
}

/// Whether the bytes are UTF-8 throughout.
private func isUTF8(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    (try? UTF8Span(validating: bytes.span)) != nil  // the error says where; nobody asks
}

// Messages to WebSocket frames, through wslay.

internal import COpenSSL
internal import CWslay

/// Random masks for a client's frames, drawn in blocks.
enum RandomMasks {
    /// Fills a buffer with bytes that a peer cannot foresee.
    static func fill(_ buffer: UnsafeMutableRawBufferPointer) {
        let target = buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
        let isDrawn = RAND_bytes(target, Int32(clamping: buffer.count))
        precondition(isDrawn == 1, "the system has randomness")
    }
}

/// What a frame is; the raw values are the protocol's.
package enum FrameKind: UInt8, Sendable {
    /// Goes on with a message.
    case continuation = 0
    /// Starts a text.
    case text = 1
    /// Starts a binary message.
    case binary = 2
    /// Ends the connection.
    case close = 8
    /// Asks for a pong.
    case ping = 9
    /// Answers a ping.
    case pong = 10
}

/// Writes frames for a client (masked) or server.
///
/// A class, because wslay keeps a pointer to it.
final class FrameWriter {
    private var context: wslay_frame_context_ptr?
    private let isServer: Bool
    private let deflater: MessageDeflater?
    private var compressed = ByteQueue(capacity: 64)
    private var target: UnsafeMutablePointer<ByteQueue>?

    /// A writer at the start of a stream. A server compresses if that was agreed; a client, which
    /// sends little, does not.
    init(isServer: Bool, deflate: DeflateTerms?) {
        self.isServer = isServer
        deflater = deflate.flatMap {
            isServer
                ? MessageDeflater(restarts: $0.serverRestarts, windowBits: $0.serverWindowBits)
                : nil
        }
        var callbacks = wslay_frame_callbacks(
            send_callback: { bytes, count, _, itself in
                // wslay passes on what it was given.
                let writer = Unmanaged<FrameWriter>.fromOpaque(itself!).takeUnretainedValue()
                writer.target?.pointee.append(UnsafeRawBufferPointer(start: bytes, count: count))
                return count
            },
            recv_callback: { _, _, _, _ in -1 },
            genmask_callback: { buffer, count, _ in
                RandomMasks.fill(UnsafeMutableRawBufferPointer(start: buffer, count: count))
                return 0
            })
        let itself = Unmanaged.passUnretained(self).toOpaque()
        let problem = wslay_frame_context_init(&context, &callbacks, itself)
        precondition(problem == 0, "there is memory for a connection")
    }

    deinit { wslay_frame_context_free(context) }

    /// Whether ``write(_:of:into:)`` would compress a message.
    var compresses: Bool { deflater != nil }

    /// Writes a whole message, compressed if that was agreed.
    func write(
        _ payload: UnsafeRawBufferPointer, of kind: FrameKind, into queue: inout ByteQueue
    ) {
        guard let deflater, kind == .text || kind == .binary else {
            frame(payload, of: kind, isFinal: true, reserved: 0, into: &queue)
            return
        }
        deflater.deflate(payload, into: &compressed)
        frame(compressed.bytes, of: kind, isFinal: true, reserved: 4, into: &queue)
    }

    /// Writes one frame as told.
    func frame(
        _ payload: UnsafeRawBufferPointer, of kind: FrameKind, isFinal: Bool, reserved: UInt8,
        into queue: inout ByteQueue
    ) {
        var frame = wslay_frame_iocb()
        frame.fin = isFinal ? 1 : 0
        frame.rsv = reserved
        frame.opcode = kind.rawValue
        frame.payload_length = UInt64(payload.count)
        frame.mask = isServer ? 0 : 1
        frame.data = payload.baseAddress?.assumingMemoryBound(to: UInt8.self)
        frame.data_length = payload.count
        withUnsafeMutablePointer(to: &queue) { queue in
            // The pointer is good for this call only.
            target = queue
            let written = wslay_frame_send(context, &frame)
            target = nil
            precondition(written == payload.count, "a frame is within wslay's limits")
        }
    }
}

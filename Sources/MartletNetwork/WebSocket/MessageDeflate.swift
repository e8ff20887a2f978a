// permessage-deflate (RFC 7692): compresses and decompresses one message at a time.

internal import CWebDeflate

/// Which state the two sides keep between messages.
package struct DeflateTerms: Hashable, Sendable {
    /// Whether the server starts each of its messages afresh.
    package var serverRestarts = true
    /// Whether the client starts each of its messages afresh.
    package var clientRestarts = true
    /// The server's window as a power of two, 9 to 15.
    package var serverWindowBits: Int32 = 15

    /// Terms; both sides start afresh unless told.
    package init(
        serverRestarts: Bool = true, clientRestarts: Bool = true, serverWindowBits: Int32 = 15
    ) {
        self.serverRestarts = serverRestarts
        self.clientRestarts = clientRestarts
        self.serverWindowBits = serverWindowBits
    }
}

/// Decompresses messages; the output is bounded, so that a small message cannot fill the memory.
///
/// A class: zlib keeps a pointer to its stream structure.
final class MessageInflater {
    /// How a message ended.
    enum Outcome { case done, tooLarge, malformed }

    private let stream: UnsafeMutablePointer<z_stream>
    private let restarts: Bool

    /// - Parameter restarts: Whether the peer starts each message afresh.
    init?(restarts: Bool) {
        self.restarts = restarts
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        guard martlet_message_inflate_init(stream) == Z_OK else {
            stream.deallocate()
            return nil
        }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    /// Appends the message that `payload` holds to `output`.
    func inflate(
        _ payload: UnsafeRawBufferPointer, into output: inout ByteQueue, bytesMax: Int
    ) -> Outcome {
        var outcome = pass(payload, &output, bytesMax)
        if case .done = outcome {
            // The sender cut off these four bytes of its flush.
            let tail: (UInt8, UInt8, UInt8, UInt8) = (0, 0, 0xFF, 0xFF)
            outcome = withUnsafeBytes(of: tail) { pass($0, &output, bytesMax) }
        }
        if restarts { inflateReset(stream) }
        return outcome
    }

    private func pass(
        _ input: UnsafeRawBufferPointer, _ output: inout ByteQueue, _ bytesMax: Int
    ) -> Outcome {
        guard let start = input.baseAddress, input.count > 0 else { return .done }
        // zlib does not write through it.
        stream.pointee.next_in = UnsafeMutablePointer(
            mutating: start.assumingMemoryBound(to: UInt8.self))
        stream.pointee.avail_in = UInt32(clamping: input.count)
        while true {
            // One more byte than allowed tells "exactly the limit" from "more".
            let left = bytesMax + 1 - output.count
            guard left > 0 else { return .tooLarge }
            let room = output.reserve(min(left, max(4096, input.count * 4)))
            let size = min(room.count, left)
            stream.pointee.next_out = room.baseAddress?.assumingMemoryBound(to: UInt8.self)
            stream.pointee.avail_out = UInt32(clamping: size)
            let code = CWebDeflate.inflate(stream, Z_SYNC_FLUSH)
            output.commit(size - Int(stream.pointee.avail_out))
            if output.count > bytesMax { return .tooLarge }
            switch code {
            case Z_OK:
                if stream.pointee.avail_in == 0, stream.pointee.avail_out > 0 { return .done }
            case Z_BUF_ERROR:
                // No progress: all input is used and all output is out.
                if stream.pointee.avail_in == 0 { return .done }
                return .malformed
            case Z_STREAM_END:
                // A final block is allowed; what follows it starts a new stream.
                inflateReset(stream)
                if stream.pointee.avail_in == 0 { return .done }
            default: return .malformed
            }
        }
    }
}

/// Compresses messages.
///
/// A class: zlib keeps a pointer to its stream structure.
final class MessageDeflater {
    private let stream: UnsafeMutablePointer<z_stream>
    private let restarts: Bool

    /// - Parameters:
    ///   - restarts: Whether each message starts afresh.
    ///   - windowBits: The window as a power of two, 9 to 15.
    init?(restarts: Bool, windowBits: Int32) {
        self.restarts = restarts
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        guard martlet_message_deflate_init(stream, 3, windowBits) == Z_OK else {
            stream.deallocate()
            return nil
        }
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
    }

    /// Puts the compressed payload of one message into the emptied `output`.
    func deflate(_ message: UnsafeRawBufferPointer, into output: inout ByteQueue) {
        output.removeAll()
        guard message.count > 0 else {
            // One empty block: zlib writes nothing when it has just been flushed.
            let block: UInt8 = 0
            withUnsafeBytes(of: block) { output.append($0) }
            return
        }
        // zlib does not write through it.
        stream.pointee.next_in = UnsafeMutablePointer(
            mutating: message.baseAddress?.assumingMemoryBound(to: UInt8.self))
        stream.pointee.avail_in = UInt32(clamping: message.count)
        repeat {
            let room = output.reserve(max(256, message.count / 2))
            stream.pointee.next_out = room.baseAddress?.assumingMemoryBound(to: UInt8.self)
            stream.pointee.avail_out = UInt32(clamping: room.count)
            _ = CWebDeflate.deflate(stream, Z_SYNC_FLUSH)
            output.commit(room.count - Int(stream.pointee.avail_out))
        } while stream.pointee.avail_out == 0
        // The four bytes of the flush stay away.
        precondition(output.count > 4, "a flush writes an empty block")
        output.removeLast(4)
        if restarts { deflateReset(stream) }
    }
}

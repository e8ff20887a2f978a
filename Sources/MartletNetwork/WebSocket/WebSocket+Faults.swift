// What a test server does wrong on purpose, and flow control.

extension WebSocket {
    /// Stops reading: the peer's bytes pile up in the kernel, then at the peer. What one read has
    /// brought already is still delivered.
    public func pauseReading() {
        isPaused = true
        updateInterest()
    }

    /// Reads again.
    public func resumeReading() {
        guard stage == .open else { return }
        isPaused = false
        updateInterest()
        if let transport, transport.hasHiddenBytes { reactor.callAgain(transport.descriptor) }
    }

    /// Becomes a peer that has vanished: reads nothing, answers nothing, swallows what is sent,
    /// and keeps the connection.
    public func goSilent() {
        isSilent = true
        pauseReading()
    }

    /// Ends the connection without a closing frame.
    ///
    /// - Parameter resets: With RST, which also drops unsent bytes; else in order (FIN).
    public func drop(resets: Bool) {
        finish(
            NetworkFailure(.closed, status: 1006, "\(url): dropped by this side"), resets: resets)
    }

    /// Sends bytes as they are, framed already or damaged on purpose.
    @discardableResult
    public func send(raw bytes: UnsafeRawBufferPointer) -> Bool {
        guard stage == .open else { return false }
        if isSilent { return true }
        output.append(bytes)
        return written()
    }

    /// Sends one frame as told: unfinished, with reserved bits, of any kind.
    @discardableResult
    package func send(
        frame payload: UnsafeRawBufferPointer, of kind: FrameKind, isFinal: Bool,
        reserved: UInt8 = 0
    ) -> Bool {
        guard stage == .open, let writer else { return false }
        if isSilent { return true }
        writer.frame(payload, of: kind, isFinal: isFinal, reserved: reserved, into: &output)
        return written()
    }

    /// Sends a text in frames of at most `bytes` bytes each. Uncompressed, which is allowed.
    @discardableResult
    public func send(text: String, inFragmentsOf bytes: Int) -> Bool {
        precondition(bytes > 0, "a fragment holds at least one byte")
        var text = text
        return text.withUTF8 { octets in
            let all = UnsafeRawBufferPointer(octets)
            var isSent = true
            var start = 0
            batched {
                repeat {
                    let end = min(all.count, start + bytes)
                    isSent = send(
                        frame: UnsafeRawBufferPointer(rebasing: all[start..<end]),
                        of: start == 0 ? .text : .continuation, isFinal: end == all.count)
                    start = end
                } while isSent && start < all.count
            }
            return isSent
        }
    }

    /// The bytes of a message as a server frames it, uncompressed: made once, sent with
    /// ``send(raw:)`` to many.
    public static func serverFrame(
        _ payload: UnsafeRawBufferPointer, isBinary: Bool = false
    ) -> [UInt8] {
        var queue = ByteQueue(capacity: payload.count + 16)
        let writer = FrameWriter(isServer: true, deflate: nil)
        writer.write(payload, of: isBinary ? .binary : .text, into: &queue)
        return [UInt8](queue.octets)
    }
}

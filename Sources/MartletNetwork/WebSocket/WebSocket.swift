// A WebSocket, client or server side, on a reactor.
//
//     final class Printer: WebSocketDelegate { ... }
//     let socket = WebSocket(
//         url: "wss://stream.example.com/ws", options: WebSocketOptions(), reactor: reactor,
//         delegate: Printer())                       // connects at once
//     socket.send(text: "{\"op\":\"subscribe\"}")    // after webSocketOpened
//     reactor.run()

internal import CLinux
internal import CWebDeflate

/// One WebSocket connection. It starts when it is made, tells its delegate everything, and lives
/// until it has told it that it is closed; keeping a reference is not needed.
///
/// All calls belong on the reactor's thread.
public final class WebSocket {
    enum Stage { case connecting, proxy, securing, upgrading, refused, open, closing, closed }

    /// The loop that runs this socket.
    public let reactor: Reactor
    /// The address, without credentials; on a server the client's address.
    public let url: String
    let options: WebSocketOptions
    let isServer: Bool
    var stage = Stage.connecting
    var delegate: (any WebSocketDelegate)?
    var transport: Transport?
    var output = ByteQueue()
    var reader: FrameReader?
    var writer: FrameWriter?
    var timer: TimerToken?

    // The client's way to an open connection; see WebSocket+Connecting.
    var endpoint: EndpointURL?
    var connector: Connector?
    var handshake: ClientHandshake?
    var head = ByteQueue(capacity: 64)
    var started: Int64 = 0
    var refusal: ResponseHead?

    // Faults and flow; see WebSocket+Faults.
    var isPaused = false
    var isSilent = false

    private var interest: ReadySet = []
    private var isBatching = false
    private var receiveTime: Int64 = 0
    private var ending: NetworkFailure?

    /// Wall time of the last read that brought bytes, ns since 1970; 0 before. Pongs count: what
    /// tells a dead connection from a quiet one is whether a ping is answered.
    public private(set) var lastReceivedTime: Int64 = 0
    /// The same on the reactor's monotonic clock, which nobody sets: for time-outs.
    public private(set) var lastReceivedInstant: Int64 = 0
    /// Bytes received since the start, as they were on the wire (inside TLS).
    public private(set) var bytesReceived: UInt64 = 0
    /// Whole messages received.
    public private(set) var messagesReceived: UInt64 = 0
    /// Whether both sides agreed on permessage-deflate.
    public internal(set) var usesDeflate = false

    /// Starts connecting to `url` (ws or wss). A bad address, too, is told to the delegate.
    public init(
        url: String, options: WebSocketOptions, reactor: Reactor,
        delegate: any WebSocketDelegate
    ) {
        self.reactor = reactor
        self.url = EndpointURL.withoutCredentials(url)
        self.options = options
        self.delegate = delegate
        isServer = false
        connect(url)
    }

    /// A server's side, on a stream whose handshake has been answered with 101.
    ///
    /// - Parameter early: Bytes that came after the client's request.
    init(
        accepted transport: Transport, options: WebSocketOptions, deflate: DeflateTerms?,
        early: [UInt8], reactor: Reactor, delegate: any WebSocketDelegate
    ) {
        self.reactor = reactor
        url = transport.peer
        self.options = options
        self.delegate = delegate
        self.transport = transport
        isServer = true
        if let bytes = options.receiveBufferBytes {
            martlet_receive_buffer(transport.descriptor, bytes)
        }
        // The next turn: the caller still has the 101 answer to deliver.
        timer = reactor.setTimer(after: 0) { [self] in
            timer = nil
            guard stage == .connecting else { return }
            open(deflate: deflate, early: early)
        }
    }

    /// Whether messages can be sent.
    public var isOpen: Bool { stage == .open }
    /// Bytes that wait for the peer to read.
    public var bytesBuffered: Int { output.count }

    // Sending.

    /// Sends a text; false if the connection is not open. Over the limit of bytes that may wait the
    /// connection ends.
    @discardableResult
    public func send(text: String) -> Bool {
        var text = text
        return text.withUTF8 { send(UnsafeRawBufferPointer($0), as: .text) }
    }

    /// Sends bytes that are UTF-8 as a text.
    @discardableResult
    public func send(text bytes: UnsafeRawBufferPointer) -> Bool { send(bytes, as: .text) }

    /// Sends a binary message.
    @discardableResult
    public func send(binary bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBytes { send($0, as: .binary) }
    }

    /// Sends a binary message.
    @discardableResult
    public func send(binary bytes: UnsafeRawBufferPointer) -> Bool { send(bytes, as: .binary) }

    /// Sends a ping of at most 125 bytes; the delegate hears of the pong.
    @discardableResult
    public func ping(_ payload: [UInt8] = []) -> Bool {
        precondition(payload.count <= 125, "a ping carries at most 125 bytes")
        return payload.withUnsafeBytes { send($0, as: .ping) }
    }

    private func send(_ bytes: UnsafeRawBufferPointer, as kind: FrameKind) -> Bool {
        guard stage == .open, let writer else { return false }
        if isSilent { return true }
        writer.write(bytes, of: kind, into: &output)
        return written()
    }

    /// Sends what was put into the output, or ends the connection when too much waits.
    func written() -> Bool {
        guard output.count <= options.bufferedBytesMax else {
            finish(
                NetworkFailure(
                    .closed, status: 1006,
                    "\(url): the peer reads too slowly: \(output.count) bytes wait to be sent"),
                resets: true)
            return false
        }
        if !isBatching { flush() }
        return stage == .open || stage == .closing
    }

    /// Gathers what `work` sends into as few writes as possible.
    public func batched(_ work: () -> Void) {
        guard !isBatching else { return work() }
        isBatching = true
        work()
        isBatching = false
        flush()
    }

    /// Says goodbye and waits for the peer to do so, at most the close timeout. Messages that are
    /// still under way are not delivered.
    ///
    /// - Parameters:
    ///   - code: 1000, 1001, or 3000 to 4999; others for tests of clients.
    ///   - reason: At most 120 bytes are sent.
    public func close(code: UInt16 = 1000, reason: String = "") {
        switch stage {
        case .open:
            stage = .closing
            ending = NetworkFailure(
                .closed, status: Int(code), "\(url): closed by this side: \(code) \(reason)")
            reader?.close(code: code, reason: reason)
            setDeadline(options.closeTimeout)
            flush()
        case .closing, .closed: break
        default: finish(NetworkFailure(.closed, status: Int(code), "\(url): given up"))
        }
    }

    // Being open.

    /// The handshake is done.
    func open(deflate: DeflateTerms?, early: [UInt8]) {
        if let timer { reactor.cancel(timer) }
        timer = nil
        stage = .open
        usesDeflate = deflate != nil
        reader = FrameReader(
            isServer: isServer, deflate: deflate, messageBytesMax: options.messageBytesMax,
            owner: self)
        writer = FrameWriter(isServer: isServer, deflate: deflate)
        updateInterest()
        delegate?.webSocketOpened(self)
        if !early.isEmpty, stage == .open {
            early.withUnsafeBytes { take($0, at: reactor.wallTime()) }
        }
        if stage == .open, let transport, transport.hasHiddenBytes {
            reactor.callAgain(transport.descriptor)
        }
    }

    private func readFrames() {
        guard let transport else { return }
        switch transport.read(into: reactor.readBuffer) {
        case .done(let count):
            let time = reactor.wallTime()
            take(UnsafeRawBufferPointer(rebasing: reactor.readBuffer[..<count]), at: time)
            if stage == .open || stage == .closing, !isPaused, transport.hasHiddenBytes {
                reactor.callAgain(transport.descriptor)
            }
        case .wantsRead, .wantsWrite: break
        case .ended:
            finish(
                ending
                    ?? NetworkFailure(
                        .closed, status: 1006, "\(url): the peer ended the connection"))
        case .failed(let failure): finish(ending ?? failure)
        }
    }

    private func take(_ bytes: UnsafeRawBufferPointer, at time: Int64) {
        guard let reader else { return }
        receiveTime = time
        lastReceivedTime = time
        lastReceivedInstant = reactor.now()
        bytesReceived += UInt64(bytes.count)
        let end = reader.take(bytes)
        if stage == .open { delegate?.webSocketReadEnded(self) }
        guard stage != .closed else { return }
        switch end {
        case nil: _ = written()
        case .closed(let code, let reason):
            let words = reason.isEmpty ? "\(code)" : "\(code) \(reason)"
            endFrames(
                with: NetworkFailure(
                    .closed, status: code, "\(url): closed by the peer: \(words)"))
        case .violated(let failure):
            endFrames(
                with: NetworkFailure(
                    failure.code, status: failure.status, "\(url): \(failure.message)"))
        }
    }

    /// The frames have ended: sends what waits, our closing frame last, and finishes.
    private func endFrames(with failure: NetworkFailure) {
        if stage == .open { ending = failure }
        if case .closing = stage, failure.code != .closed { ending = failure }
        stage = .closing
        isPaused = true
        if output.isEmpty || isSilent { return finish(ending ?? failure) }
        setDeadline(options.closeTimeout)
        flush()
        if stage == .closing, output.isEmpty { finish(ending ?? failure) }
    }

    // Input and output.

    /// Writes what the socket takes.
    func flush() {
        guard let transport, stage != .closed else { return }
        while !output.isEmpty {
            switch transport.write(output.bytes) {
            case .done(let count): output.removeFirst(count)
            case .wantsRead, .wantsWrite: return updateInterest()
            case .ended:
                return finish(
                    ending
                        ?? NetworkFailure(
                            .closed, status: 1006, "\(url): the peer ended the connection"))
            case .failed(let failure): return finish(ending ?? failure)
            }
        }
        updateInterest()
    }

    /// Tells the reactor what to wait for.
    func updateInterest(needsWrite: Bool = false) {
        guard let transport, stage != .closed else { return }
        var wanted: ReadySet = isPaused ? [] : .readable
        if needsWrite || !output.isEmpty { wanted.insert(.writable) }
        guard wanted != interest else { return }
        interest = wanted
        reactor.watch(transport.descriptor, wanted, self)
    }

    func setDeadline(_ nanoseconds: Int64) {
        if let timer { reactor.cancel(timer) }
        timer = reactor.setTimer(after: nanoseconds) { [weak self] in
            guard let self else { return }
            timer = nil
            deadlineReached()
        }
    }

    private func deadlineReached() {
        switch stage {
        case .refused: finishRefused()
        case .closing:
            finish(
                ending
                    ?? NetworkFailure(.closed, status: 1006, "\(url): no answer to the goodbye"))
        default: finishLate()
        }
    }

    /// Ends everything; the delegate hears of it in the next turn.
    func finish(_ failure: NetworkFailure, resets: Bool = false) {
        guard stage != .closed else { return }
        stage = .closed
        if let timer { reactor.cancel(timer) }
        timer = nil
        connector?.cancel()
        connector = nil
        reader?.stop()
        if let transport {
            reactor.unwatch(transport.descriptor)
            transport.close(resets: resets)
        }
        transport = nil
        output.removeAll()
        let told = delegate
        delegate = nil
        reactor.setTimer(after: 0) { [self] in
            reader = nil
            writer = nil
            told?.webSocketClosed(self, failure)
        }
    }
}

extension WebSocket: DescriptorHandler {
    func descriptorReady(_ ready: ReadySet) {
        switch stage {
        case .connecting, .closed: break
        case .proxy, .securing, .upgrading, .refused: goOnConnecting()
        case .open, .closing:
            if !output.isEmpty { flush() }
            if stage == .closing, isPaused, output.isEmpty {
                return finish(
                    ending ?? NetworkFailure(.closed, status: 1006, "\(url): closed"))
            }
            if isPaused {
                // A broken connection is always reported: without this the loop would spin.
                if !ready.isDisjoint(with: .failed) {
                    finish(
                        ending
                            ?? NetworkFailure(
                                .closed, status: 1006, "\(url): the peer broke the connection"))
                }
            } else if stage != .closed {
                readFrames()
            }
        }
    }
}

extension WebSocket: FrameReaderOwner {
    package func frameReader(received bytes: UnsafeBufferPointer<UInt8>, isBinary: Bool) {
        guard stage == .open else { return }
        messagesReceived += 1
        delegate?.webSocket(self, received: bytes, isBinary: isBinary, at: receiveTime)
    }

    package func frameReader(pong payload: UnsafeBufferPointer<UInt8>) {
        guard stage == .open else { return }
        delegate?.webSocket(self, pong: payload)
    }

    package func frameReader(ping payload: UnsafeBufferPointer<UInt8>) {
        guard stage == .open else { return }
        delegate?.webSocket(self, ping: payload)
    }

    package func frameReader(writes bytes: UnsafeRawBufferPointer) {
        guard !isSilent else { return }
        output.append(bytes)
    }
}

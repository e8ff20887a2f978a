// How a WebSocket connects, what it accepts, and who hears of it.

/// Settings of one WebSocket.
public struct WebSocketOptions: Sendable {
    /// Whom to trust.
    public var tls = TLSOptions()
    /// Whether permessage-deflate is offered; the peer decides.
    public var deflate = false
    /// Largest message to accept, after decompression, in bytes.
    public var messageBytesMax = 16 << 20
    /// Bytes that may wait to be sent; more ends the connection, as the peer does not read.
    public var bufferedBytesMax = 4 << 20
    /// From the start until the connection is open, names and TLS included, in nanoseconds.
    public var connectTimeout: Int64 = 10_000_000_000
    /// From our closing frame until the peer's, in nanoseconds.
    public var closeTimeout: Int64 = 2_000_000_000
    /// Further header fields of the handshake.
    public var headers: [(String, String)] = []
    /// Proxies to take; their CONNECT method carries the stream.
    public var proxies = ProxySettings()
    /// How names become addresses.
    public var resolver = HostResolver.system
    /// Kernel receive buffer in bytes, to be small in tests of slow readers; nil keeps the system's.
    public var receiveBufferBytes: Int32?

    /// The values above.
    public init() {}
}

/// Hears of everything that happens to a WebSocket, on the reactor's thread. The socket keeps it
/// until ``webSocketClosed(_:_:)`` has been called.
public protocol WebSocketDelegate: AnyObject {
    /// The handshake is done; messages can be sent.
    func webSocketOpened(_ socket: WebSocket)
    /// A whole message. `bytes` are good during the call; 64 more can be read after them.
    ///
    /// - Parameter time: Taken right after the read that brought its last bytes; ns since 1970.
    func webSocket(
        _ socket: WebSocket, received bytes: UnsafeBufferPointer<UInt8>, isBinary: Bool,
        at time: Int64)
    /// After the last message of one read: the point to flush batched output.
    func webSocketReadEnded(_ socket: WebSocket)
    /// The peer's answer to a ping.
    func webSocket(_ socket: WebSocket, pong payload: UnsafeBufferPointer<UInt8>)
    /// A ping of the peer; it has been answered already.
    func webSocket(_ socket: WebSocket, ping payload: UnsafeBufferPointer<UInt8>)
    /// The end, exactly once for each socket, never from inside a call on it. `failure.status` is
    /// the closing code (1000 for an orderly end, 1006 without one), or the status of an HTTP
    /// answer that was no upgrade.
    func webSocketClosed(_ socket: WebSocket, _ failure: NetworkFailure)
}

extension WebSocketDelegate {
    /// Does nothing.
    public func webSocketReadEnded(_ socket: WebSocket) {}
    /// Does nothing.
    public func webSocket(_ socket: WebSocket, pong payload: UnsafeBufferPointer<UInt8>) {}
    /// Does nothing.
    public func webSocket(_ socket: WebSocket, ping payload: UnsafeBufferPointer<UInt8>) {}
}

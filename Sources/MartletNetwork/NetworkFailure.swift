// What can go wrong between two machines, told apart so that the caller can act on it.

/// A network failure: what happened, and in words where and why.
public struct NetworkFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of failure; decides whether and when to try again.
    public enum Code: String, CaseIterable, Sendable {
        /// The name cannot be resolved.
        case resolve
        /// Nobody answers at the address, or it refuses.
        case connect
        /// The certificate or the TLS handshake.
        case tls
        /// The peer's answer to the WebSocket handshake is no upgrade.
        case handshake
        /// The peer breaks the protocol: frames, text that is not UTF-8, compression.
        case `protocol`
        /// A message or answer above the limit.
        case tooLarge
        /// Nothing within the time given.
        case timeout
        /// The peer or the network ended the connection.
        case closed
        /// A request that cannot be sent as it is: a bad URL, a bad proxy.
        case request
    }

    /// What kind of failure.
    public let code: Code
    /// HTTP status of a refused handshake, or the WebSocket close code; 0 where there is none.
    public let status: Int
    /// Host, port and cause in words. Never carries keys.
    public let message: String

    /// Header fields of a refused handshake, such as `Retry-After`; else empty.
    public let headers: HTTPHeaders
    /// Start of the answer to a refused handshake; else empty.
    public let body: String

    /// A failure from its facts.
    public init(
        _ code: Code, status: Int = 0, headers: HTTPHeaders = [:], body: String = "",
        _ message: String
    ) {
        self.code = code
        self.status = status
        self.headers = headers
        self.body = body
        self.message = message
    }

    /// How long the peer wants to be left alone; nil where it did not say.
    ///
    /// - Parameter time: Wall time in ns since 1970, for peers that say a date.
    public func retryAfterSeconds(at time: Int64) -> Int? {
        headers.retryAfterSeconds(receivedAt: time)
    }

    /// The message.
    public var description: String { message }
}

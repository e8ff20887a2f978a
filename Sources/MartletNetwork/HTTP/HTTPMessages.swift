// Requests and answers of the HTTP client.

/// A request.
public struct HTTPRequest: Sendable {
    /// `GET`, `POST`, …
    public var method: String
    /// Absolute http or https address.
    public var url: String
    /// Header fields beside those that the client makes.
    public var headers: HTTPHeaders
    /// Sent as it is; empty for none.
    public var body: [UInt8]
    /// From start to end in nanoseconds; nil takes the client's.
    public var timeout: Int64?
    /// Largest answer in bytes; nil takes the client's.
    public var bodyBytesMax: Int?

    /// A request; `GET` unless told.
    public init(
        _ method: String = "GET", _ url: String, headers: HTTPHeaders = [:], body: [UInt8] = []
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
    }
}

/// A complete answer, of any status.
public struct HTTPResponse: Sendable {
    /// Such as 200, 404, 429.
    public let status: Int
    /// The final answer's fields (`Retry-After`, `Date`, weights).
    public let headers: HTTPHeaders
    /// The whole body.
    public let body: [UInt8]
    /// When the answer was complete, wall time in ns since 1970.
    public let receivedAt: Int64
    /// When the request was started, wall time in ns since 1970.
    public let startedAt: Int64
    /// HTTP version: 1 or 2.
    public let version: Int
    /// How often it was sent: 2 after a retry.
    public let attempts: Int

    /// Whether the status is from 200 to 299.
    public var isSuccess: Bool { (200..<300).contains(status) }
    /// The body as text.
    public var text: String { String(decoding: body, as: UTF8.self) }
    /// `Retry-After` in seconds; see ``HTTPHeaders/retryAfterSeconds(receivedAt:)``.
    public var retryAfterSeconds: Int? { headers.retryAfterSeconds(receivedAt: receivedAt) }
}

/// Settings of an ``HTTPClient``.
public struct HTTPClientOptions: Sendable {
    /// Whom to trust.
    public var tls = TLSOptions()
    /// Proxies to take.
    public var proxies = ProxySettings()
    /// From start to end of a request, in nanoseconds.
    public var timeout: Int64 = 10_000_000_000
    /// For name, connection and TLS, in nanoseconds.
    public var connectTimeout: Int64 = 5_000_000_000
    /// Largest answer in bytes.
    public var bodyBytesMax = 32 << 20
    /// Connections to one host at a time; more requests wait.
    public var connectionsPerHostMax = 4
    /// Requests that may be under way or wait; more fail at once.
    public var requestsMax = 1024
    /// How often a GET or HEAD is sent again when its connection failed before one byte of the
    /// answer came.
    public var retriesMax = 1
    /// The client's name.
    public var userAgent = "martlet"
    /// Own names; nil takes libcurl's resolver.
    public var resolver: HostResolver?

    /// The values above.
    public init() {}
}

// What an HTTP server is asked, and what its handler may answer, faults included.

/// A request, complete with its body.
public struct HTTPServerRequest: Sendable {
    /// `GET`, `POST`, …
    public let method: String
    /// As the client wrote it, query included.
    public let target: String
    /// Header fields.
    public let headers: HTTPHeaders
    /// The whole body.
    public let body: [UInt8]
    /// The client's `address:port`.
    public let peer: String
    /// The server's number of the client's connection, from 1: a client may reuse one.
    public let connection: UInt64

    /// The target up to the query, escapes (`%2F`) replaced.
    public var path: String { unescaped(target.prefix { $0 != "?" }, plusIsBlank: false) }

    /// The query as the client wrote it, without `?`; empty for none.
    public var query: String {
        target.firstIndex(of: "?").map { String(target[target.index(after: $0)...]) } ?? ""
    }

    /// The query's names and values in order, escapes replaced.
    public var queryItems: [(name: String, value: String)] {
        query.split(separator: "&").map { item in
            let sides = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (
                unescaped(sides[0], plusIsBlank: true),
                sides.count == 2 ? unescaped(sides[1], plusIsBlank: true) : ""
            )
        }
    }

    /// The first value of a query name.
    public func queryValue(_ name: String) -> String? {
        queryItems.first { $0.name == name }?.value
    }

    /// Whether the client asks for a WebSocket.
    public var asksForWebSocket: Bool { headers.contains("websocket", in: "Upgrade") }
}

/// Replaces `%XX`, and `+` where it means a blank.
private func unescaped(_ text: some StringProtocol, plusIsBlank: Bool) -> String {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
        if byte == UInt8(ascii: "%"), rest.count >= 2,
            let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
        {
            bytes.append(value)
            rest = rest.dropFirst(2)
        } else {
            bytes.append(plusIsBlank && byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
        }
    }
    return String(decoding: bytes, as: UTF8.self)
}

/// An ordinary answer.
public struct HTTPAnswer: Sendable {
    /// Such as 200.
    public var status: Int
    /// Header fields; `Content-Length`, `Date` and `Connection` are added.
    public var headers: HTTPHeaders
    /// The whole body.
    public var body: [UInt8]
    /// Wait before answering, in nanoseconds.
    public var delay: Int64 = 0

    /// An answer.
    public init(_ status: Int, headers: HTTPHeaders = [:], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// A JSON answer.
    public static func json(_ text: String, status: Int = 200) -> HTTPAnswer {
        HTTPAnswer(status, headers: ["Content-Type": "application/json"], body: Array(text.utf8))
    }
}

/// How a server takes over a connection as a WebSocket.
public struct WebSocketUpgrade {
    /// How messages may be compressed.
    public enum Compression: Sendable {
        /// Every offer is declined.
        case off
        /// Each message starts afresh.
        case perMessage
        /// The window is kept between messages, unless the client asks otherwise.
        case keepsContext
    }

    /// Hears of the socket; ``WebSocketDelegate/webSocketOpened(_:)`` brings it.
    public var delegate: any WebSocketDelegate
    /// Whether an offer of permessage-deflate is taken.
    public var compression = Compression.off
    /// Limits and buffers; what is about connecting is not used.
    public var options = WebSocketOptions()
    /// Further fields of the 101 answer.
    public var headers: HTTPHeaders = [:]
    /// Wait before answering, in nanoseconds.
    public var delay: Int64 = 0
    /// Called where no WebSocket comes of it: the request was for none after all, or the client
    /// went away before. The delegate hears nothing then.
    public var onAbandoned: (() -> Void)?

    /// An uncompressed WebSocket.
    public init(delegate: any WebSocketDelegate) { self.delegate = delegate }
}

/// What a handler decides.
public enum HTTPReaction {
    /// An ordinary answer.
    case answer(HTTPAnswer)
    /// Becomes a WebSocket; a request that is not for one is answered 400 or 426.
    case upgrade(WebSocketUpgrade)
    /// Fault: these bytes instead of an answer, then the end, with RST if `resets`.
    case raw([UInt8], resets: Bool)
    /// Fault: no answer, and the connection stays.
    case silence
}

/// What becomes of a new connection, before any byte of it is read.
public enum HTTPAcceptance: Sendable {
    /// Serve it.
    case serve
    /// Fault: RST.
    case reset
    /// Fault: keep it and never read.
    case silence
    /// Fault: answer the TLS greeting with an alert, and end.
    case refuseTLS
    /// Fault: serve it with another certificate.
    case identity(TLSIdentity)
}

/// Settings of an ``HTTPServer``.
public struct HTTPServerOptions: Sendable {
    /// IPv4 or IPv6 address to listen on, in digits.
    public var address = "127.0.0.1"
    /// Port; 0 takes a free one.
    public var port: UInt16 = 0
    /// With an identity the server speaks TLS only, without one plain only.
    public var identity: TLSIdentity?
    /// Largest body of a request in bytes; larger ones are answered 413.
    public var bodyBytesMax = 1 << 20
    /// Largest target (path and query) in bytes; larger ones are answered 414.
    public var targetBytesMax = 8192
    /// Most header fields; more are answered 431. So are heads above 32 KiB in all.
    public var headerCountMax = 100
    /// Most connections at a time; more wait in the kernel.
    public var connectionsMax = 8192
    /// Seconds without a request until a connection is ended.
    public var idleSeconds: UInt32 = 60
    /// Seconds that a TLS handshake may take.
    public var handshakeSeconds: Int64 = 10

    /// The values above.
    public init() {}
}

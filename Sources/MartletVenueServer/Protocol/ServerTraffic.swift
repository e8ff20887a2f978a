// What goes in and out of a venue server, apart from sockets: requests, answers, frames.

import MartletModel

/// A request to a venue server, REST or the opening of a WebSocket.
package struct ServerRequest: Hashable, Sendable {
    /// `GET`, `POST`, …
    package let method: String
    /// The path, without query.
    package let path: String
    /// Names and values of the query in order, percent escapes resolved.
    package let query: [QueryItem]
    /// Headers, names in lower case.
    package let headers: [String: String]
    /// The body.
    package let body: [UInt8]
    /// Who asks: the address, without port.
    package let peer: String

    /// One `name=value` of a query.
    package struct QueryItem: Hashable, Sendable {
        /// The name.
        package let name: String
        /// The value; empty where there is none.
        package let value: String
    }

    /// A request by its parts; `target` is the path with its query.
    package init(
        _ method: String, _ target: String, headers: [String: String] = [:], body: [UInt8] = [],
        peer: String = "127.0.0.1"
    ) {
        let parts = target.split(
            separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        self.method = method
        path = parts.first.map { Self.unescaped($0[...]) } ?? "/"
        query = parts.count < 2 ? [] : Self.items(parts[1])
        self.headers = headers
        self.body = body
        self.peer = peer
    }

    /// The last value of a name in the query, nil where it is not there.
    package func value(_ name: String) -> String? { query.last { $0.name == name }?.value }

    /// The value of a name in the query as a whole number.
    package func number(_ name: String) -> Int64? { value(name).flatMap { Int64($0) } }

    /// The query's parts; empty ones (`?&a=b`) are passed over.
    private static func items(_ text: Substring) -> [QueryItem] {
        text.split(separator: "&").map { item in
            let halves = item.split(
                separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return QueryItem(
                name: unescaped(halves[0]), value: halves.count > 1 ? unescaped(halves[1]) : "")
        }
    }

    /// Percent escapes resolved; broken ones stay as they are.
    static func unescaped(_ text: Substring) -> String {
        guard text.utf8.contains(UInt8(ascii: "%")) || text.utf8.contains(UInt8(ascii: "+")) else {
            return String(text)
        }
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2,
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// The answer to a REST request.
package struct ServerAnswer: Hashable, Sendable {
    /// The HTTP status.
    package var status: Int
    /// Headers besides length and type.
    package var headers: [Header] = []
    /// The body.
    package var body: [UInt8]
    /// What it costs of the venue's limit.
    package var weight: Int64 = 1
    /// The type of the body.
    package var contentType = "application/json;charset=UTF-8"

    /// One header.
    package struct Header: Hashable, Sendable {
        /// The name as sent.
        package let name: String
        /// The value.
        package let value: String

        /// A header.
        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// An answer with a text body.
    package init(_ status: Int = 200, _ body: String, weight: Int64 = 1) {
        self.status = status
        self.body = Array(body.utf8)
        self.weight = weight
    }

    /// The body as text, for tests.
    package var text: String { String(decoding: body, as: UTF8.self) }
}

/// A WebSocket message to a client.
package enum ServerFrame: Hashable, Sendable {
    /// Text.
    case text(String)
    /// Binary.
    case binary([UInt8])
}

/// A WebSocket message from a client.
package enum ClientMessage: Hashable, Sendable {
    /// Text.
    case text(String)
    /// Binary.
    case binary([UInt8])
}

/// What the server does to one connection.
package enum ServerAction: Hashable, Sendable {
    /// Sends a message.
    case send(ServerFrame)
    /// Tells how things stand on a stream, at its start or again; not while a fault silences it.
    case tell(StreamSubscription, ServerFrame)
    /// Sends a ping frame.
    case ping
    /// Ends the connection with a close frame.
    case close(code: UInt16, reason: String)
}

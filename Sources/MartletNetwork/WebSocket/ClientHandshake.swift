// The client's side of the WebSocket handshake (RFC 6455, section 4): the request, and the checks.

internal import COpenSSL

/// A head of an HTTP answer.
struct ResponseHead {
    /// Heads may have this many bytes.
    static let bytesMax = 16_384

    let status: Int
    let headers: HTTPHeaders

    /// Takes a head apart.
    ///
    /// - Parameter text: Status line and fields, without the empty line; nil where it is none.
    init?(_ text: String) {
        // In Swift a carriage return and line feed are one character.
        var lines = text.split(separator: "\r\n", omittingEmptySubsequences: true)[...]
        guard let first = lines.popFirst() else { return nil }
        let words = first.split(separator: " ", maxSplits: 2)
        guard words.count >= 2, words[0].hasPrefix("HTTP/1."), words[1].utf8.count == 3,
            let status = Int(words[1]), status >= 100
        else { return nil }
        self.status = status
        var headers = HTTPHeaders()
        for line in lines {
            guard let colon = line.firstIndex(of: ":"), colon != line.startIndex,
                line[..<colon].isPrintable(blanks: false)
            else { return nil }
            headers.append(
                String(line[..<colon]), line[line.index(after: colon)...].trimmedBlanks())
        }
        self.headers = headers
    }

    /// What a refusal says, for people: its status, where it points or when to come again, and the
    /// start of its body on one line.
    func refusalWords(body: String) -> String {
        var words = "refused with status \(status)"
        if (300..<400).contains(status), let place = headers["Location"] {
            let shown = EndpointURL.withoutCredentials(String(place.prefix { $0 != "?" }))
            words += ", moved to \(shown.prefix(200)) (not followed: give that address)"
        }
        if let wait = headers["Retry-After"] { words += ", Retry-After \(wait.prefix(40))" }
        let text = body.unicodeScalars.prefix(200).map {
            $0.value < 0x20 || (0x7F..<0xA0).contains($0.value) ? " " : $0
        }
        let shown = String(String.UnicodeScalarView(text)).trimmedBlanks()
        return shown.isEmpty ? words : "\(words): \(shown)"
    }

    /// Length of a head at the start of `bytes`, its empty line included; nil while it is missing.
    static func length(_ bytes: UnsafeRawBufferPointer) -> Int? {
        guard bytes.count >= 4 else { return nil }
        for end in 4...min(bytes.count, bytesMax)
        where bytes[end - 1] == 10 && bytes[end - 2] == 13 && bytes[end - 3] == 10
            && bytes[end - 4] == 13
        {
            return end
        }
        return nil
    }
}

/// One handshake: the request with its fresh key, and what the answer has to be.
struct ClientHandshake {
    let request: String
    private let accept: String
    private let offersDeflate: Bool
    private let offersProtocol: Bool

    /// - Throws: `request` when a header field would break the request.
    init(url: EndpointURL, options: WebSocketOptions) throws(NetworkFailure) {
        var nonce = [UInt8](repeating: 0, count: 16)
        nonce.withUnsafeMutableBytes { RandomMasks.fill($0) }
        let key = base64(nonce)
        accept = Self.accept(key)
        offersDeflate = options.deflate
        var lines = [
            "GET \(url.target) HTTP/1.1", "Host: \(url.hostField)", "Upgrade: websocket",
            "Connection: Upgrade", "Sec-WebSocket-Key: \(key)", "Sec-WebSocket-Version: 13",
        ]
        if options.deflate {
            lines.append(
                "Sec-WebSocket-Extensions: permessage-deflate; client_no_context_takeover; "
                    + "server_no_context_takeover")
        }
        if let authorization = url.basicAuthorization,
            !options.headers.contains(where: { isSameName($0.0, "Authorization") })
        {
            lines.append("Authorization: \(authorization)")
        }
        var offersProtocol = false
        for (name, value) in options.headers {
            guard !name.isEmpty, !name.contains(":"), name.isPrintable(blanks: false),
                value.isPrintable(blanks: true)
            else {
                throw NetworkFailure(
                    .request, "header field \(name): its name or value has bytes that do not belong"
                )
            }
            if isSameName(name, "Sec-WebSocket-Protocol") { offersProtocol = true }
            lines.append("\(name): \(value)")
        }
        self.offersProtocol = offersProtocol
        request = lines.joined(separator: "\r\n") + "\r\n\r\n"
    }

    /// What a server answers to a key.
    static func accept(_ key: String) -> String {
        let text = key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        var digest = [UInt8](repeating: 0, count: 20)
        let isHashed = EVP_Digest(text, text.utf8.count, &digest, nil, EVP_sha1(), nil)
        precondition(isHashed == 1, "OpenSSL has SHA-1")
        return base64(digest)
    }

    /// What was agreed on compression; nil for none.
    ///
    /// - Throws: `handshake` when a field of the 101 answer is wrong.
    func check(_ head: ResponseHead) throws(NetworkFailure) -> DeflateTerms? {
        func wrong(_ what: String) -> NetworkFailure {
            NetworkFailure(.handshake, status: 101, "the answer to the WebSocket handshake \(what)")
        }
        guard head.headers.contains("websocket", in: "Upgrade") else {
            throw wrong("upgrades to something else (Upgrade field)")
        }
        guard head.headers.contains("upgrade", in: "Connection") else {
            throw wrong("does not upgrade the connection (Connection field)")
        }
        guard head.headers.values("Sec-WebSocket-Accept") == [accept] else {
            throw wrong("does not prove that a WebSocket server wrote it (Sec-WebSocket-Accept)")
        }
        if !offersProtocol, head.headers["Sec-WebSocket-Protocol"] != nil {
            throw wrong("chooses a subprotocol that was not offered")
        }
        let extensions = head.headers.values("Sec-WebSocket-Extensions").joined(separator: ",")
        if extensions.trimmedBlanks().isEmpty { return nil }
        guard offersDeflate, let terms = DeflateTerms(answer: extensions) else {
            throw wrong(
                "uses an extension in a way that was not offered: \(extensions.prefix(200))")
        }
        return terms
    }
}

extension DeflateTerms {
    /// The terms that a server's answer sets; nil when they are not ours to accept.
    init?(answer: String) {
        guard !answer.contains(","), var parameters = Self.parameters(answer) else { return nil }
        serverRestarts = parameters.removeValue(forKey: "server_no_context_takeover") == ""
        // The client may always restart; it never compresses anyway.
        clientRestarts = parameters.removeValue(forKey: "client_no_context_takeover") == ""
        if let bits = parameters.removeValue(forKey: "server_max_window_bits") {
            guard let value = Int32(bits), (8...15).contains(value) else { return nil }
            serverWindowBits = value
        }
        guard parameters.isEmpty else { return nil }
    }

    /// Chooses among a client's offers.
    ///
    /// - Parameters:
    ///   - offers: The values of `Sec-WebSocket-Extensions`.
    ///   - keepsContext: Whether the server wants to keep its window between messages.
    /// - Returns: Terms and the field that announces them; nil to go without compression.
    static func choose(
        offers: [String], keepsContext: Bool
    ) -> (terms: DeflateTerms, field: String)? {
        for offer in offers.flatMap({ $0.split(separator: ",") }) {
            guard var parameters = parameters(offer) else { continue }
            var terms = DeflateTerms()
            var field = "permessage-deflate"
            let asked = parameters.removeValue(forKey: "server_no_context_takeover") == ""
            terms.serverRestarts = asked || !keepsContext
            if terms.serverRestarts { field += "; server_no_context_takeover" }
            let offered = parameters.removeValue(forKey: "client_no_context_takeover") == ""
            terms.clientRestarts = offered || !keepsContext
            if terms.clientRestarts { field += "; client_no_context_takeover" }
            if let bits = parameters.removeValue(forKey: "server_max_window_bits") {
                // zlib cannot write raw streams with a window of 2^8.
                guard let value = Int32(bits), (9...15).contains(value) else { continue }
                terms.serverWindowBits = value
                field += "; server_max_window_bits=\(value)"
            }
            // The client may use its full window: ours inflates any.
            if let bits = parameters.removeValue(forKey: "client_max_window_bits"), bits != "",
                !(8...15).contains(Int(bits) ?? 0)
            {
                continue
            }
            guard parameters.isEmpty else { continue }
            return (terms, field)
        }
        return nil
    }

    /// The parameters of one permessage-deflate item; nil for other extensions and repeated names.
    private static func parameters(_ item: some StringProtocol) -> [String: String]? {
        var pieces = item.split(separator: ";").map { $0.trimmedBlanks() }[...]
        guard let name = pieces.popFirst(), isSameName(name, "permessage-deflate") else {
            return nil
        }
        var found: [String: String] = [:]
        for piece in pieces {
            let sides = piece.split(separator: "=", maxSplits: 1).map { $0.trimmedBlanks() }
            var value = sides.count == 2 ? sides[1][...] : ""
            if value.count >= 2, value.hasPrefix("\""), value.hasSuffix("\"") {
                value = value.dropFirst().dropLast()
            }
            guard let key = sides.first?.lowercased(), found[key] == nil else { return nil }
            found[key] = String(value)
        }
        return found
    }
}

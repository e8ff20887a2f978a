// Addresses, fields and compression terms, as tables.

import Testing

@testable import MartletNetwork

@Suite("Handshake")
struct HandshakeTests {
    @Test("the proof of RFC 6455, section 1.3")
    func accept() {
        #expect(
            ClientHandshake.accept("dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
    }

    struct Address: CustomTestStringConvertible, Sendable {
        let text: String, host: String, port: UInt16, target: String, field: String
        var testDescription: String { text }
    }

    static let addresses = [
        Address(text: "ws://h", host: "h", port: 80, target: "/", field: "h"),
        Address(text: "WSS://h", host: "h", port: 443, target: "/", field: "h"),
        Address(text: "wss://h:80", host: "h", port: 80, target: "/", field: "h:80"),
        Address(text: "wss://h:443/a", host: "h", port: 443, target: "/a", field: "h"),
        Address(text: "ws://h?x=1", host: "h", port: 80, target: "/?x=1", field: "h"),
        Address(text: "ws://h/p/?x=/@#f", host: "h", port: 80, target: "/p/?x=/@", field: "h"),
        Address(
            text: "ws://stream@127.0.0.1:9/ws", host: "127.0.0.1", port: 9, target: "/ws",
            field: "127.0.0.1:9"),
        Address(text: "ws://[::1]:9/ws", host: "::1", port: 9, target: "/ws", field: "[::1]:9"),
        Address(text: "wss://[::1]", host: "::1", port: 443, target: "/", field: "[::1]"),
        Address(text: "ws://h:", host: "h", port: 80, target: "/", field: "h"),
    ]

    @Test("addresses come apart", arguments: addresses)
    func address(row: Address) throws {
        let url = try EndpointURL(row.text, schemes: ["ws", "wss"])
        #expect(url.host == row.host)
        #expect(url.port == row.port)
        #expect(url.target == row.target)
        #expect(url.hostField == row.field)
    }

    struct Terms: CustomTestStringConvertible, Sendable {
        let answer: String, terms: DeflateTerms?
        var testDescription: String { answer }
    }

    static let answers = [
        Terms(
            answer: "permessage-deflate",
            terms: DeflateTerms(serverRestarts: false, clientRestarts: false)),
        Terms(
            answer: "Permessage-Deflate; server_no_context_takeover; client_no_context_takeover",
            terms: DeflateTerms()),
        Terms(
            answer: "permessage-deflate; server_max_window_bits=\"12\"",
            terms: DeflateTerms(
                serverRestarts: false, clientRestarts: false, serverWindowBits: 12)),
        Terms(answer: "permessage-deflate; server_max_window_bits=16", terms: nil),
        Terms(answer: "permessage-deflate; client_max_window_bits=10", terms: nil),
        Terms(answer: "permessage-deflate; unknown", terms: nil),
        Terms(
            answer: "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
            terms: nil),
        Terms(answer: "permessage-deflate, permessage-deflate", terms: nil),
        Terms(answer: "x-webkit-deflate-frame", terms: nil),
    ]

    @Test("terms that a client takes", arguments: answers)
    func answer(row: Terms) { #expect(DeflateTerms(answer: row.answer) == row.terms) }

    @Test("terms that a server offers in return")
    func choice() {
        func field(_ offers: String..., keeps: Bool = true) -> String? {
            DeflateTerms.choose(offers: offers, keepsContext: keeps)?.field
        }
        #expect(field("permessage-deflate; client_max_window_bits") == "permessage-deflate")
        #expect(
            field("permessage-deflate; client_max_window_bits", keeps: false)
                == "permessage-deflate; server_no_context_takeover; client_no_context_takeover")
        #expect(
            field("permessage-deflate; server_no_context_takeover; server_max_window_bits=10")
                == "permessage-deflate; server_no_context_takeover; server_max_window_bits=10")
        #expect(
            field("permessage-deflate; server_max_window_bits=8, permessage-deflate")
                == "permessage-deflate")
        #expect(field("permessage-deflate; foo", "permessage-deflate") == "permessage-deflate")
        #expect(field("permessage-deflate; client_max_window_bits=99") == nil)
        #expect(field("bzip2") == nil)
        #expect(field() == nil)
    }

    @Test("heads of answers")
    func head() throws {
        let head = try #require(
            ResponseHead("HTTP/1.1 429 Too Many Requests\r\nRetry-After:  7 \r\nX:\r\nX: a: b"))
        #expect(head.status == 429)
        #expect(head.headers.retryAfterSeconds(receivedAt: 0) == 7)
        #expect(head.headers.values("x") == ["", "a: b"])
        for text in ["", "HTTP/2 200", "HTTP/1.1 20", "HTTP/1.1 200 OK\r\n: x", "x 200 OK"] {
            #expect(ResponseHead(text) == nil, "\(text)")
        }
    }

    @Test(
        "waits that are numbers, dates, or nothing of both",
        arguments: [
            ("0", 0), ("17", 17), (" 17 ", 17), ("99999999999999999999999", Int.max),
            // 1,792,567,680 s after 1970.
            ("Wed, 21 Oct 2026 07:28:00 GMT", 80), ("Wed, 21 Oct 2026 07:26:40 GMT", 0),
            ("Thu, 01 Jan 1970 00:00:00 GMT", 0), ("Tue, 29 Feb 2028 00:00:00 GMT", 42_827_600),
            ("Fri, 31 Dec 9999 23:59:59 GMT", 7_422_078_799), ("", nil), ("-1", nil),
            ("soon", nil), ("1.5", nil), ("Wed, 21 Oct 2026 07:28:00 CET", nil),
            ("Wed, 31 Feb 2026 07:28:00 GMT", nil), ("Wed, 21 Oct 2026 24:28:00 GMT", nil),
            ("Wed, 21 Oct 99999999999999999999 07:28:00 GMT", nil), ("Wed, 21 Oct 2026", nil),
            ("Wed, +1 Oct 2026 07:28:00 GMT", nil), ("Wednesday, 21-Oct-26 07:28:00 GMT", nil),
        ])
    func retryAfter(text: String, seconds: Int?) {
        let fields: HTTPHeaders = ["Retry-After": text]
        #expect(fields.retryAfterSeconds(receivedAt: 1_792_567_600_000_000_000) == seconds)
    }

    @Test("a date to wait for counts from the date of the answer")
    func retryAfterDate() {
        let fields: HTTPHeaders = [
            "Date": "Wed, 21 Oct 2026 07:27:30 GMT",
            "retry-after": "Wed, 21 Oct 2026 07:28:00 GMT",
        ]
        #expect(fields.retryAfterSeconds(receivedAt: 0) == 30)
        #expect(fields.retryAfterSeconds(receivedAt: Int64.max) == 30)
        let wrong: HTTPHeaders = ["Date": "x", "Retry-After": "Thu, 01 Jan 1970 00:00:09 GMT"]
        #expect(wrong.retryAfterSeconds(receivedAt: 2_000_000_000) == 7)
        #expect(wrong.retryAfterSeconds(receivedAt: Int64.min) != nil)
    }

    @Test("what is appended is what is taken out, in any pieces", arguments: UInt64(0)..<20)
    func queue(seed: UInt64) {
        var dice = ReactorTests.Dice(state: seed)
        var queue = ByteQueue(capacity: 16)
        var naive: [UInt8] = []
        for step in 0..<500 {
            if dice.roll(2) == 0 {
                let piece = (0..<dice.roll(60)).map { UInt8(truncatingIfNeeded: $0 &+ step) }
                piece.withUnsafeBytes { queue.append($0) }
                naive += piece
            } else if dice.roll(4) == 0 {
                let count = min(dice.roll(5), queue.count)
                queue.removeLast(count)
                naive.removeLast(count)
            } else {
                let count = dice.roll(queue.count + 1)
                queue.removeFirst(count)
                naive.removeFirst(count)
            }
            let bytes = Array(queue.octets)
            #expect(bytes == naive)
        }
    }

    @Test(
        "compressed messages come back, with and without a kept window", arguments: [true, false])
    func deflate(restarts: Bool) throws {
        let deflater = try #require(MessageDeflater(restarts: restarts, windowBits: 15))
        let inflater = try #require(MessageInflater(restarts: restarts))
        var dice = ReactorTests.Dice(state: 3)
        for size in [0, 1, 2, 100, 0, 0, 5000, 255, 256, 257, 70_000, 1_000_000, 3] {
            let message = (0..<size).map { _ in UInt8(dice.roll(size % 2 == 0 ? 3 : 256)) }
            var packed = ByteQueue()
            var plain = ByteQueue()
            message.withUnsafeBytes { deflater.deflate($0, into: &packed) }
            let outcome = inflater.inflate(packed.bytes, into: &plain, bytesMax: size)
            #expect(outcome == .done)
            let bytes = Array(plain.octets)
            #expect(bytes == message)
        }
    }
}

// Binance's own messages, as others recorded them, are read without a failure.

import Foundation
import MartletModel
import MartletTesting
import MartletVenues
import Testing

@Suite("Recorded Binance messages")
struct RecordedMessageTests {
    private static let shared = TestData.shared.map {
        URL(fileURLWithPath: $0).appendingPathComponent("data/messages")
    }

    /// Every object or array inside a recorded document that may be a message, as it stands there.
    private static func candidates(in document: [UInt8]) -> [[UInt8]] {
        var found: [[UInt8]] = []
        document.withUnsafeBufferPointer { buffer in
            guard var scanner = try? JSONScanner(buffer) else { return }  // an empty line has none
            collect(&scanner, document, &found)
        }
        return found
    }

    private static func collect(
        _ scanner: inout JSONScanner, _ document: [UInt8], _ found: inout [[UInt8]]
    ) {
        let keys: Set<String> = ["message", "response", "example", "body"]
        func walk(_ scanner: inout JSONScanner) throws(DecodingFailure) {
            if scanner.takeIf(UInt8(ascii: "{")) {
                var isFirst = true
                while true {
                    let place = scanner.at
                    guard try scanner.member(isFirst: isFirst) != JSONScanner.endOfObject else {
                        return
                    }
                    isFirst = false
                    var head = String(
                        decoding: UnsafeBufferPointer(start: place, count: scanner.at - place),
                        as: UTF8.self)
                    head.removeAll { ",\": \t\n".contains($0) }
                    scanner.skipBlanks()
                    let before = scanner.at
                    if keys.contains(head) {
                        try scanner.skipValue()
                        found.append(
                            Array(document[(before - scanner.start)..<(scanner.at - scanner.start)])
                        )
                    } else {
                        try walk(&scanner)
                    }
                }
            }
            if scanner.takeIf(UInt8(ascii: "[")) {
                if scanner.takeIf(UInt8(ascii: "]")) { return }
                repeat { try walk(&scanner) } while scanner.takeIf(UInt8(ascii: ","))
                return try scanner.take(UInt8(ascii: "]"))
            }
            try scanner.skipValue()
        }
        do throws(DecodingFailure) { try walk(&scanner) } catch {
            Issue.record("a recorded document is not JSON: \(error)")
        }
    }

    private func product(_ text: String) -> BinanceProduct {
        if text.contains("dapi") || text.contains("USD_PERP") || text.contains("CoinFutures") {
            return .coinm
        }
        return text.contains("fapi") || text.contains("linear") || text.contains("Futures")
            || text.contains("usdm") ? .usdm : .spot
    }

    @Test(
        "are all read, and the kinds that the codec knows are known",
        .enabled(
            if: shared != nil,
            "the shared message collection is not there"),
        arguments: [
            "crypto-msg-parser/binance.jsonl", "barter-inline/binance.jsonl",
            "exchange-docs/binance-spot.jsonl", "gocryptotrader/binance.http.jsonl",
            "jkorf/binance.rest.jsonl", "jkorf/binance.stream.jsonl", "jkorf/binance.wsapi.jsonl",
            "tardis/binance-spot.scenarios.jsonl", "tardis/binance-usdm.scenarios.jsonl",
        ])
    func collections(file: String) throws {
        let text = try String(
            contentsOf: try #require(Self.shared).appendingPathComponent(file), encoding: .utf8)
        var messages = 0
        for line in text.split(separator: "\n") {
            for candidate in Self.candidates(in: Array(line.utf8)) {
                messages += 1
                try check(candidate, as: product(String(line)), in: String(line.prefix(200)))
            }
        }
        #expect(messages > 0)
    }

    @Test(
        "single recorded messages are read",
        .enabled(
            if: shared != nil,
            "the shared message collection is not there"))
    func singles() throws {
        let folder = try #require(Self.shared).appendingPathComponent("nautilus/binance")
        let files = try #require(FileManager.default.enumerator(atPath: folder.path))
        var messages = 0
        for case let name as String in files where name.hasSuffix(".json") {
            guard !name.contains("metadata") else { continue }
            let bytes = try Data(contentsOf: folder.appendingPathComponent(name))
            messages += 1
            try check(Array(bytes), as: name.hasPrefix("spot") ? .spot : .usdm, in: name)
        }
        #expect(messages > 50)
    }

    private func check(_ bytes: [UInt8], as product: BinanceProduct, in place: String) throws {
        let result = decoded(bytes, as: product)
        #expect(result.first?.hasPrefix("failure") != true, "\(result.first ?? "") in \(place)")
        let known = [
            "depthUpdate", "trade", "aggTrade", "bookTicker", "markPriceUpdate", "forceOrder",
            "kline", "indexPriceUpdate",
        ]
        for line in result where line.hasPrefix("unknown ") {
            #expect(!known.contains(String(line.dropFirst(8))), "\(line) in \(place)")
        }
    }
}

// The shipped messages of Bybit and Alpaca are known, and never trap when they are damaged.

import MartletModel
import MartletVenues
import Testing

@Suite("Shipped messages of Bybit and Alpaca")
struct ShippedBybitAlpacaTests {
    private static let venues = [("bybit", VenueID.bybitLinear), ("alpaca", .alpacaStocks)]

    @Test("are known: dead, current, or a piece of a message", arguments: venues)
    func known(folder: String, venue: VenueID) throws {
        let decoder = try #require(VenueCatalog.adapter(for: venue)).makeDecoder()
        var counts: [String: Int] = [:]
        // A text under `message` is a part of an answer, not one itself.
        for message in try ShippedMessages(folder).messages
        where message.first != UInt8(ascii: "\"") {
            let result = DecodedText(message, decoder)
            #expect(!result.kind.hasPrefix("failure"), "\(result.kind)")
            counts[result.kind, default: 0] += 1
        }
        #expect(counts["unknown"] ?? 0 == (venue == .bybitLinear ? 1 : 0))
        #expect(counts["dead"] ?? 0 == (venue == .bybitLinear ? 14 : 0))
        #expect(counts["decoded"] ?? 0 > 20 && counts["control"] ?? 0 > 10)
    }

    @Test("never trap when damaged", arguments: venues)
    func damaged(folder: String, venue: VenueID) throws {
        let decoder = try #require(VenueCatalog.adapter(for: venue)).makeDecoder()
        let shipped = try ShippedMessages(folder)
        var random = SeededGenerator(seed: 5)
        for _ in 0..<3000 {
            #expect(!DecodedText(shipped.damaged(&random), decoder).kind.isEmpty)
        }
    }
}

// Connections are told apart by venue and number.

import MartletFeed
import MartletModel
import Testing

@Suite("Connection id")
struct ConnectionIDTests {
    @Test("two connections of a venue differ by their number")
    func number() {
        let first = ConnectionID(venue: .okx, number: 1)
        #expect(first != ConnectionID(venue: .okx, number: 2))
        #expect(first != ConnectionID(venue: .hyperliquid, number: 1))
    }
}

// The quoting formulas give the numbers that their sources print.

import MartletStrategies
import Testing

@Suite("Quote models")
struct QuoteModelTests {
    private func near(_ left: Double, _ right: Double) -> Bool {
        abs(left - right) <= 1e-12 * max(1, abs(right))
    }

    @Test("Avellaneda and Stoikov as printed")
    func avellanedaStoikov() {
        let quotes = AvellanedaStoikovQuotes(
            mid: 100, inventory: 2, riskAversion: 0.1, volatility: 2, horizon: 1, decay: 1.5)
        #expect(near(quotes.reservationPrice, 99.2))
        #expect(near(quotes.spread, 1.6907704227514233))
        #expect(near(quotes.bid, 98.35461478862429))
        #expect(near(quotes.ask, 100.04538521137572))
    }

    @Test("Guéant, Lehalle and Fernandez-Tapia as printed")
    func glft() {
        let quotes = GLFTQuotes(
            rate: 0.9, decay: 0.3, riskAversion: 0.05, volatility: 0.3, size: 1)
        #expect(near(quotes.c1, 3.0830135965451673))
        #expect(near(quotes.c2, 0.5219175323053417))
        #expect(near(quotes.halfSpread, 3.1613012263909686))
        #expect(near(quotes.skew, 0.1565752596916025))
        #expect(near(quotes.bidDistance(inventory: 1), 3.317876486082571))
        #expect(near(quotes.askDistance(inventory: 1), 3.004725966699366))
    }
}

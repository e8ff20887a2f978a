// The two books of a replay, kept so that one replay after another uses the same memory.

import MartletBook

/// The market as the venue made it and as it reached us. One replay at a time uses them; each
/// replay begins by emptying them. An identity: it owns the memory that feeds and views point to.
public final class ReplayMarkets {
    let local: UnsafeMutablePointer<MarketState>
    let venue: UnsafeMutablePointer<MarketState>

    /// Two empty markets.
    public init() {
        local = .allocate(capacity: 1)
        venue = .allocate(capacity: 1)
        local.initialize(to: MarketState())
        venue.initialize(to: MarketState())
    }

    deinit {
        for market in [local, venue] {
            market.deinitialize(count: 1)
            market.deallocate()
        }
    }
}

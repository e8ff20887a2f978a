// What the quoting models need to know of a market, estimated as the run goes.

import MartletBook
import MartletModel
import MartletSignals

/// Volatility and trading intensity from what has been seen so far.
///
/// Volatility comes from mid changes between looks. Intensity comes from public trades: each is an
/// arrival that reached as far as its price is from the mid at the last look. While no trade has
/// been heard, a best price that retreats from one look to the next counts as an arrival that
/// reached the new best price: a poor stand-in that misses small trades (the rate errs low).
///
/// Until there is enough to fit, arrivals are taken to be one per second, thinning out over half
/// the present spread. Estimates are bounded so that one odd moment cannot stop the quoting.
struct MarketEstimates: Hashable, Sendable {
    private var volatilityWindow: RealizedVolatility
    private var intensityWindow: TradingIntensity
    private var fit: IntensityFit?
    private var lastTouch: Touch?
    private var lastReference: Int64?
    private var looksSinceFit = 0
    private var heardTrades = false
    private let looksPerFit: Int

    /// Nothing seen; looks will be `interval` nanoseconds apart, above 0. The volatility window is
    /// `window` nanoseconds long, bounded to 2 … 10,000 looks.
    init(interval: Int64, window: Int64) {
        let looks = max(2, min(10_000, window / interval))
        volatilityWindow = RealizedVolatility(
            changes: Int(looks), secondsPerSample: Double(interval) / 1e9)
        intensityWindow = TradingIntensity(arrivals: 2_048)
        looksPerFit = Int(max(1, min(10_000, 1_000_000_000 / interval)))
    }

    /// A public trade was heard at `now`.
    mutating func trade(_ trade: TradePrint, now: Int64) {
        heardTrades = true
        guard let lastReference else { return }
        let distance = 2 * trade.price.ticks - lastReference
        let sign = trade.aggressor?.sign ?? (distance < 0 ? -1 : 1)
        intensityWindow.add(halfTicks: max(0, sign * distance), at: now)
    }

    /// A look at the market at `now`; `reference` is twice the price that quotes are set around.
    mutating func look(_ market: MarketView, reference: Int64, now: Int64) {
        volatilityWindow.add(doubleMid: reference)
        let touch = Touch(market)
        if !heardTrades, let touch, let lastTouch {
            let mid = lastTouch.bid + lastTouch.ask
            if touch.ask > lastTouch.ask {
                intensityWindow.add(halfTicks: 2 * touch.ask - mid, at: now)
            }
            if touch.bid < lastTouch.bid {
                intensityWindow.add(halfTicks: mid - 2 * touch.bid, at: now)
            }
        }
        lastTouch = touch
        lastReference = reference
        looksSinceFit += 1
        if looksSinceFit >= looksPerFit || fit == nil {
            looksSinceFit = 0
            fit = intensityWindow.fit(now: now) ?? fit
        }
    }

    /// Ticks per square root of a second, at least 0.
    var volatility: Double { volatilityWindow.ticksPerRootSecond ?? 0 }

    /// Arrivals: per second at the mid, and decay per tick.
    var intensity: IntensityFit {
        let halfSpread = lastTouch.map { max(0.5, Double($0.ask - $0.bid) / 2) } ?? 1
        let found = fit ?? IntensityFit(rate: 1, decay: 1 / halfSpread)
        return IntensityFit(
            rate: max(1e-3, min(1e4, found.rate)), decay: max(1e-9, min(10, found.decay)))
    }
}

extension MarketView {
    /// Twice the price to quote around, in ticks: the mid; the last trade where there is no book at
    /// all. Nil while a side is missing or the sides overlap.
    var doubleReference: Int64? {
        if bestBid == nil, bestAsk == nil { return lastTradeTick.map { 2 * $0 } }
        return doubleMid
    }
}

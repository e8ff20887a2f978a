// Execution quality of single fills: shortfall, spreads, impact and markout, as shares of price.

extension Statistics {
    /// Markout s·(mid_{t+τ} − p)/p in basis points, s = +1 if we bought: below 0 is adverse.
    ///
    /// It is counted from the fill price, so it holds the half spread that a maker captured.
    public static func markout(sign: Double, price: Double, laterMid: Double) -> Double? {
        ratio(sign * (laterMid - price), price).map { $0 * 1e4 }
    }

    /// Effective spread 2·side·(p − mid)/mid in basis points, by the side of the *taker*.
    public static func effectiveSpread(takerSign: Double, price: Double, mid: Double) -> Double? {
        ratio(2 * takerSign * (price - mid), mid).map { $0 * 1e4 }
    }

    /// Realised spread 2·side·(p − mid_{t+τ})/mid_t in basis points, by the side of the *taker*.
    /// Effective minus realised is the price impact (Huang and Stoll 1996).
    public static func realisedSpread(
        takerSign: Double, price: Double, mid: Double, laterMid: Double
    ) -> Double? {
        ratio(2 * takerSign * (price - laterMid), mid).map { $0 * 1e4 }
    }

    /// Implementation shortfall of one order in basis points of the arrival notional: what was
    /// filled against the arrival mid, plus what was not at the closing mid.
    ///
    /// - Parameters:
    ///   - sign: +1 for a buy, −1 for a sell.
    ///   - filled: Share of the order that was filled, 0 to 1.
    /// - Note: Source: Perold, Journal of Portfolio Management 14(3), 1988.
    public static func implementationShortfall(
        sign: Double, averagePrice: Double, arrivalMid: Double, closingMid: Double, filled: Double
    ) -> Double? {
        let executed = filled > 0 ? filled * (averagePrice - arrivalMid) : 0
        let missed = filled < 1 ? (1 - filled) * (closingMid - arrivalMid) : 0
        return ratio(sign * (executed + missed), arrivalMid).map { $0 * 1e4 }
    }
}

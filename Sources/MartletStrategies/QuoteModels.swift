// Where a market maker quotes, by the book of formulas: Avellaneda-Stoikov and GLFT.

import Glibc

/// Quotes of Avellaneda and Stoikov 2008 (Quantitative Finance 8(3), 217-224).
public struct AvellanedaStoikovQuotes: Hashable, Sendable {
    /// What it would be indifferent to trade at, given its inventory.
    public let reservationPrice: Double
    /// Distance between both quotes.
    public let spread: Double

    /// The lower quote.
    public var bid: Double { reservationPrice - spread / 2 }
    /// The higher quote.
    public var ask: Double { reservationPrice + spread / 2 }

    /// Quotes for one moment. Prices, and what is counted in them, are in one unit (here ticks).
    ///
    /// - Parameters:
    ///   - mid: Mid price.
    ///   - inventory: Signed holding, in orders.
    ///   - riskAversion: γ, per price unit and order; above 0.
    ///   - volatility: σ, price units per square root of a second; at least 0.
    ///   - horizon: T − t, seconds; at least 0.
    ///   - decay: k, decay of arrivals per price unit; above 0.
    public init(
        mid: Double, inventory: Double, riskAversion: Double, volatility: Double, horizon: Double,
        decay: Double
    ) {
        let variance = riskAversion * volatility * volatility * horizon
        reservationPrice = mid - inventory * variance
        spread = variance + 2 / riskAversion * log(1 + riskAversion / decay)
    }
}

/// Asymptotic quotes of Guéant, Lehalle and Fernandez-Tapia 2013 (arXiv 1105.3115) in the form of
/// Guéant 2017 (arXiv 1605.01862, equations 4.6 and 4.7), with ξ = γ.
public struct GLFTQuotes: Hashable, Sendable {
    /// Distance of each quote from the mid at no inventory.
    public let halfSpread: Double
    /// How far both quotes move down per unit of inventory.
    public let skew: Double
    /// The constants of the paper.
    public let c1, c2: Double

    /// Quotes for one set of estimates. Distances are in price units (here ticks).
    ///
    /// - Parameters:
    ///   - rate: A, arrivals per second at the mid; above 0.
    ///   - decay: k, decay of arrivals per price unit; above 0.
    ///   - riskAversion: γ, per price unit and order; above 0.
    ///   - volatility: σ, price units per square root of a second; at least 0.
    ///   - size: Δ, order size in units of inventory; above 0.
    public init(rate: Double, decay: Double, riskAversion: Double, volatility: Double, size: Double)
    {
        let scaled = riskAversion * size
        c1 = log(1 + scaled / decay) / scaled
        c2 =
            (riskAversion / (2 * rate * size * decay)
            * pow(1 + scaled / decay, decay / scaled + 1)).squareRoot()
        halfSpread = c1 + size * volatility * c2 / 2
        skew = volatility * c2
    }

    /// Distance of the bid below the mid at an inventory.
    public func bidDistance(inventory: Double) -> Double { halfSpread + inventory * skew }
    /// Distance of the ask above the mid at an inventory.
    public func askDistance(inventory: Double) -> Double { halfSpread - inventory * skew }
}

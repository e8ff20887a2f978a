// What a venue publishes about an instrument, and the steps that prices and quantities come in.

/// How an instrument pays.
public enum ContractKind: String, CaseIterable, Sendable {
    /// The asset itself changes hands: cash down, holding up.
    case spot
    /// A derivative that pays price difference × quantity in the quote asset.
    case linear
    /// A derivative of fixed quote value that pays quantity × multiplier ÷ price in the base asset.
    case inverse
}

/// What one unit of the venue's quantity text is.
public enum QuantityUnit: String, CaseIterable, Sendable {
    /// Units of the base asset.
    case base
    /// Contracts; each stands for `multiplier` units (quote value where inverse).
    case contracts
}

/// The rules of one instrument. Prices travel in ticks, quantities in lots of it.
public struct InstrumentSpec: Hashable, Sendable {
    /// Which instrument.
    public let id: InstrumentID
    /// How it pays.
    public let kind: ContractKind
    /// Quote asset per tick; above 0.
    public let tickSize: ExactDecimal
    /// Quantity units per lot; above 0.
    public let lotSize: ExactDecimal
    /// The smallest order, in lots; at least 1.
    public let minimumQuantity: Quantity
    /// The smallest order value, in quote asset; 0 where the venue has no such rule.
    public let minimumNotional: ExactDecimal
    /// Base units (linear) or quote units (inverse) per unit of quantity; above 0.
    public let multiplier: ExactDecimal
    /// What one unit of quantity is.
    public let quantityUnit: QuantityUnit
    /// The asset bought.
    public let baseAsset: Asset
    /// The asset prices are counted in.
    public let quoteAsset: Asset

    /// An instrument's rules; tick, lot and multiplier must be above 0.
    public init(
        id: InstrumentID, kind: ContractKind, tickSize: ExactDecimal, lotSize: ExactDecimal,
        minimumQuantity: Quantity = Quantity(lots: 1), minimumNotional: ExactDecimal = .zero,
        multiplier: ExactDecimal = .one, quantityUnit: QuantityUnit = .base, baseAsset: Asset,
        quoteAsset: Asset
    ) {
        precondition(tickSize.mantissa > 0, "a tick size is above 0")
        precondition(lotSize.mantissa > 0, "a lot size is above 0")
        precondition(multiplier.mantissa > 0, "a multiplier is above 0")
        precondition(minimumQuantity.lots >= 1, "the smallest order is at least one lot")
        self.id = id
        self.kind = kind
        self.tickSize = tickSize.normalized
        self.lotSize = lotSize.normalized
        self.minimumQuantity = minimumQuantity
        self.minimumNotional = minimumNotional
        self.multiplier = multiplier.normalized
        self.quantityUnit = quantityUnit
        self.baseAsset = baseAsset
        self.quoteAsset = quoteAsset
    }

    /// The asset that fees, margin and PnL are counted in: base where inverse, else quote.
    public var settlementAsset: Asset { kind == .inverse ? baseAsset : quoteAsset }

    /// A price as the nearest double, in quote asset: for models and statistics only.
    @inlinable public func priceValue(_ price: Price) -> Double {
        Self.value(price.ticks, steps: tickSize)
    }

    /// A quantity as the nearest double, in quantity units: for models and statistics only.
    @inlinable public func quantityValue(lots: Int64) -> Double {
        Self.value(lots, steps: lotSize)
    }

    /// `count × step`: one rounding where the digits fit 64 bits, else two.
    @inlinable static func value(_ count: Int64, steps step: ExactDecimal) -> Double {
        let (digits, overflow) = count.multipliedReportingOverflow(by: step.mantissa)
        let exact = overflow ? Double(count) * Double(step.mantissa) : Double(digits)
        return exact / Double(powerOfTen(step.scale))
    }

    /// A price as exact decimal text, in quote asset.
    public func priceText(_ price: Price) -> String {
        decimalText(Int128(price.ticks) * Int128(tickSize.mantissa), scale: tickSize.scale)
    }

    /// A signed number of lots as exact decimal text, in quantity units.
    public func quantityText(lots: Int64) -> String {
        decimalText(Int128(lots) * Int128(lotSize.mantissa), scale: lotSize.scale)
    }
}

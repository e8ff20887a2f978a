// An instrument of a served market: its rules, and how the venue writes its numbers.

package import MartletModel

/// How a venue writes numbers of one kind: digits after the point.
package struct NumberStyle: Hashable, Sendable {
    /// At least so many digits after the point, filled up with zeros.
    package let digitsMin: Int
    /// At most so many, 0 to 18; digits beyond ``digitsMin`` are written where they are not zeros.
    package let digitsMax: Int

    /// Between `minimum` and `maximum` digits after the point, the latter at most 18.
    package init(_ minimum: Int, _ maximum: Int) {
        precondition(minimum >= 0 && minimum <= maximum && maximum <= 18, "0 to 18 digits")
        digitsMin = minimum
        digitsMax = maximum
    }

    /// Always so many digits after the point.
    package static func fixed(_ digits: Int) -> NumberStyle { NumberStyle(digits, digits) }

    /// `steps × step` in this style; digits that the style has no room for are kept all the same.
    package func text(_ steps: Int64, of step: ExactDecimal) -> String {
        var mantissa = Int128(steps) * Int128(step.mantissa)
        var scale = step.scale
        while scale < digitsMin {
            mantissa *= 10
            scale += 1
        }
        while scale > digitsMin, mantissa % 10 == 0 {
            mantissa /= 10
            scale -= 1
        }
        return decimalText(mantissa, scale: scale)
    }
}

/// One instrument of a served market. Prices are whole ticks, quantities whole lots.
package struct MarketInstrument: Hashable, Sendable {
    /// As the venue spells it, such as `BTCUSDT` or `BTC-USDT-SWAP`.
    package let symbol: String
    /// How it pays.
    package let kind: ContractKind
    /// What is bought, such as `BTC`.
    package let base: String
    /// What prices are counted in, such as `USDT`.
    package let quote: String
    /// Price step, in quote units.
    package let tickSize: ExactDecimal
    /// Quantity step, in the venue's quantity unit.
    package let lotSize: ExactDecimal
    /// How prices are written.
    package let priceStyle: NumberStyle
    /// How quantities are written.
    package let quantityStyle: NumberStyle
    /// Where a synthetic market starts, in ticks.
    package var startTick: Int64
    /// Size of an ordinary order of a synthetic market, in lots.
    package let usualLots: Int64
    /// Base units (linear) or quote units (inverse) per unit of quantity.
    package var multiplier = ExactDecimal.one
    /// Whether it never expires; spot and perpetuals.
    package var isPerpetual = true

    /// An instrument from its rules; steps, start and usual size above 0.
    package init(
        symbol: String, kind: ContractKind, base: String, quote: String, tickSize: ExactDecimal,
        lotSize: ExactDecimal, priceStyle: NumberStyle, quantityStyle: NumberStyle,
        startTick: Int64 = 1, usualLots: Int64 = 1
    ) {
        precondition(tickSize.mantissa > 0 && lotSize.mantissa > 0, "steps are above 0")
        precondition(startTick > 0 && usualLots > 0, "start and usual size are above 0")
        self.symbol = symbol
        self.kind = kind
        self.base = base
        self.quote = quote
        self.tickSize = tickSize
        self.lotSize = lotSize
        self.priceStyle = priceStyle
        self.quantityStyle = quantityStyle
        self.startTick = startTick
        self.usualLots = usualLots
    }

    /// The asset that contracts settle in: base where inverse, else quote.
    package var settlement: String { kind == .inverse ? base : quote }

    /// A price as the venue writes it.
    package func price(_ ticks: Int64) -> String { priceStyle.text(ticks, of: tickSize) }

    /// A quantity as the venue writes it.
    package func quantity(_ lots: Int64) -> String { quantityStyle.text(lots, of: lotSize) }

    /// Price × quantity summed up as `ticks × lots`, as plain decimal text, trailing zeros cut; for
    /// turnover fields. `turnover` is a sum of ticks × lots.
    package func turnover(_ turnover: Int128) -> String {
        let scale = tickSize.scale + lotSize.scale
        let (mantissa, overflow) = turnover.multipliedReportingOverflow(
            by: Int128(tickSize.mantissa) * Int128(lotSize.mantissa))
        guard !overflow else { return "0" }
        return trimmedDecimalText(mantissa, scale: scale)
    }
}

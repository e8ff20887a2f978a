// One strategy's account on one instrument: position, cash, fees and funding, in exact integers.

public import MartletModel

/// Why an amount could not be booked.
public enum AccountingError: Error, Hashable, Sendable {
    /// An amount left the range of the account's integers.
    case amountTooLarge
}

/// Position and exact amounts of one instrument.
///
/// All amounts are in the settlement asset, in units of `10^−scale`, where the scale is fine enough
/// that price × quantity × multiplier × fee rate is a whole number: linear and spot accounts never
/// round. Inverse amounts (quantity × multiplier ÷ price) do not end; they are rounded at 10⁻¹⁸ of
/// the base asset, each against us. Funding is rounded at `scale`, against us.
///
/// Cash counts trading alone: a buy takes price × quantity, a sell gives it (for inverse contracts
/// the other way round, by quantity ÷ price). Fees and funding stand apart and are never summed in
/// silently. Spot fees are counted in the quote asset also where the venue takes them in base: the
/// value is the same at the price of the fill; the effect of holding slightly less is neglected.
public struct Account: Hashable, Sendable {
    /// The instrument's rules.
    public let instrument: InstrumentSpec
    /// What trading costs.
    public let fees: FeeSchedule
    /// Digits after the point of every amount.
    public let scale: Int
    /// Signed position in lots.
    public private(set) var positionLots: Int64 = 0
    /// Trading cash.
    public private(set) var cash: Int128 = 0
    /// Fees paid; negative is rebates received.
    public private(set) var feesPaid: Int128 = 0
    /// Funding paid; negative is received.
    public private(set) var fundingPaid: Int128 = 0
    /// Executions booked.
    public private(set) var fillCount: Int64 = 0
    /// Sum of executed lots.
    public private(set) var volumeLots: Int64 = 0
    /// Sum of traded value.
    public private(set) var tradedValue: Int128 = 0

    private let valueUnit: Int128
    private let rateScale: Int
    private var tier = 0

    /// Scale at which inverse amounts are rounded.
    public static let inverseScale = 18
    /// The largest position either way, in lots: 2^60.
    public static let positionMax: UInt64 = 1 << 60

    /// An empty account.
    ///
    /// - Throws: ``AccountingError/amountTooLarge`` when tick, lot, multiplier and rates together
    ///   have more digits than fit (more than 30 after the point).
    public init(instrument: InstrumentSpec, fees: FeeSchedule) throws(AccountingError) {
        self.instrument = instrument
        self.fees = fees
        rateScale = fees.rateScale
        guard instrument.kind != .inverse else {
            scale = Self.inverseScale + 1
            valueUnit = 0
            return
        }
        // One digit more than the product needs, because a mid price may be half a tick.
        scale =
            instrument.tickSize.scale + instrument.lotSize.scale + instrument.multiplier.scale
            + rateScale + 1
        guard scale <= 30 else { throw .amountTooLarge }
        var unit =
            Int128(instrument.tickSize.mantissa) * Int128(instrument.lotSize.mantissa)
            * Int128(instrument.multiplier.mantissa)
        for _ in 0...rateScale {
            let (product, overflow) = unit.multipliedReportingOverflow(by: 10)
            if overflow { throw .amountTooLarge }
            unit = product
        }
        valueUnit = unit
    }

    /// Traded value of `lots` at `ticks`, at least 0: price × quantity × multiplier, or for inverse
    /// contracts quantity × multiplier ÷ price, rounded down at 10⁻¹⁸.
    public func value(ticks: Int64, lots: Int64) throws(AccountingError) -> Int128 {
        guard instrument.kind == .inverse else {
            return try multiply(Int128(ticks) * Int128(lots), valueUnit)
        }
        let (numerator, denominator) = try inverseFraction(ticks: ticks, lots: lots)
        return numerator / denominator
    }

    /// lots × lot × multiplier ÷ (ticks × tick) as a fraction, the numerator in units of `10^−scale`.
    private func inverseFraction(ticks: Int64, lots: Int64) throws(AccountingError) -> (
        Int128, Int128
    ) {
        guard ticks > 0 else { throw .amountTooLarge }
        var numerator = try multiply(
            Int128(lots) * Int128(instrument.lotSize.mantissa),
            Int128(instrument.multiplier.mantissa))
        var denominator = try multiply(Int128(ticks), Int128(instrument.tickSize.mantissa))
        let shift =
            scale + instrument.tickSize.scale - instrument.lotSize.scale
            - instrument.multiplier.scale
        for _ in 0..<abs(shift) {
            if shift > 0 {
                numerator = try multiply(numerator, 10)
            } else {
                denominator = try multiply(denominator, 10)
            }
        }
        return (numerator, denominator)
    }

    /// The fee of an execution of this value: exact for linear and spot, rounded up for inverse.
    public func fee(value: Int128, isMaker: Bool) throws(AccountingError) -> Int128 {
        let rates = fees.tiers[tier].rates
        let rate = isMaker ? rates.maker : rates.taker
        let product = try multiply(value, Int128(rate.mantissa))
        var divisor: Int128 = 1
        for _ in 0..<rate.scale { divisor *= 10 }
        let (quotient, remainder) = product.quotientAndRemainder(dividingBy: divisor)
        return remainder > 0 ? quotient + 1 : quotient
    }

    /// Books an execution and returns its fee.
    @discardableResult
    public mutating func book(
        _ side: Side, ticks: Int64, lots: Int64, isMaker: Bool
    ) throws(AccountingError) -> Int128 {
        let value = try value(ticks: ticks, lots: lots)
        let fee = try fee(value: value, isMaker: isMaker)
        let (position, overflow) = positionLots.addingReportingOverflow(side.sign * lots)
        if overflow || position.magnitude > Self.positionMax { throw .amountTooLarge }
        let inverse = instrument.kind == .inverse
        let outflow = (side == .buy) != inverse
        // A received inverse amount was rounded down already; a paid one is rounded up.
        let paid = inverse && outflow ? value + 1 : value
        cash = try add(cash, outflow ? -paid : value)
        feesPaid = try add(feesPaid, fee)
        tradedValue = try add(tradedValue, value)
        positionLots = position
        fillCount += 1
        volumeLots = volumeLots.addingReportingOverflow(lots).partialValue
        advanceTier()
        return fee
    }

    private mutating func advanceTier() {
        while tier + 1 < fees.tiers.count {
            let from = fees.tiers[tier + 1].from
            var threshold = Int128(from.mantissa)
            var traded = tradedValue
            for _ in 0..<abs(scale - from.scale) {
                if scale < from.scale {
                    let (product, overflow) = traded.multipliedReportingOverflow(by: 10)
                    if overflow { break }
                    traded = product
                } else {
                    let (product, overflow) = threshold.multipliedReportingOverflow(by: 10)
                    if overflow { return }
                    threshold = product
                }
            }
            guard traded >= threshold else { return }
            tier += 1
        }
    }

    /// Books a funding payment on a position: long pays `rate` × value at the mark.
    ///
    /// - Parameters:
    ///   - positionLots: Signed position at the venue when it was settled, in lots: fills that we
    ///     have not heard of yet count.
    ///   - markPriceE8: Mark price in units of 10⁻⁸ quote asset, above 0.
    ///   - rateE12: Rate in units of 10⁻¹².
    public mutating func bookFunding(
        positionLots: Int64, markPriceE8: Int64, rateE12: Int64
    ) throws(AccountingError) {
        guard positionLots != 0, markPriceE8 > 0 else { return }
        let size = try multiply(
            Int128(positionLots) * Int128(instrument.lotSize.mantissa),
            Int128(instrument.multiplier.mantissa))
        let digits = instrument.lotSize.scale + instrument.multiplier.scale
        let amount: Int128
        if instrument.kind == .inverse {
            // size × rate ÷ mark: 10⁻¹² of the rate and 10⁸ of the mark leave scale − digits − 4.
            let numerator = try scaled(try multiply(size, Int128(rateE12)), by: scale - digits - 4)
            amount = flooredUp(numerator, Int128(markPriceE8))
        } else {
            let product = try multiply(try multiply(size, Int128(rateE12)), Int128(markPriceE8))
            amount = try scaled(product, by: scale - digits - 20)
        }
        fundingPaid = try add(fundingPaid, amount)
    }

    /// What the position is worth at a mid price, in units of `10^−scale`.
    ///
    /// Linear and spot: position × mid. Inverse: −position ÷ mid, rounded against us, so that
    /// ``equity(doubleMid:initialCash:)`` is the coin balance. A mid of 0 is one not known yet: the
    /// position counts as nothing.
    public func positionValue(doubleMid: Int64) throws(AccountingError) -> Int128 {
        guard positionLots != 0, doubleMid != 0 else { return 0 }
        guard instrument.kind == .inverse else {
            let product = Int128(positionLots) * Int128(doubleMid)
            return try multiply(product, valueUnit) / 2
        }
        let (numerator, denominator) = try inverseFraction(
            ticks: doubleMid, lots: abs(positionLots))
        let value = try multiply(numerator, 2) / denominator
        return positionLots > 0 ? -(value + 1) : value
    }

    /// Initial cash + cash − fees − funding + position at mid, in units of `10^−scale`.
    public func equity(doubleMid: Int64, initialCash: Int128) throws(AccountingError) -> Int128 {
        let parts = [cash, -feesPaid, -fundingPaid, try positionValue(doubleMid: doubleMid)]
        var sum = initialCash
        for part in parts { sum = try add(sum, part) }
        return sum
    }

    /// The largest buy at `ticks`, taker fee included, that the cash left of a spot account pays for;
    /// 0 where it pays for none, amounts are too large to say, or no cash changes hands for the
    /// instrument.
    public func affordableLots(ticks: Int64, initialCash: Int128) -> Int64 {
        guard instrument.kind == .spot else { return 0 }
        do throws(AccountingError) {
            let price = try value(ticks: ticks, lots: 1)
            let cost = try add(price, try fee(value: price, isMaker: false))
            var left = try add(initialCash, cash)
            for part in [-feesPaid, -fundingPaid] { left = try add(left, part) }
            guard cost > 0, left > 0 else { return 0 }
            return Int64(clamping: left / cost)
        } catch {
            return 0
        }
    }

    /// An amount of this account with its asset.
    public func money(_ amount: Int128) -> Money {
        Money(mantissa: amount, scale: scale, of: instrument.settlementAsset)
    }

    /// A decimal number of the settlement asset in the account's units, or nil when it has more
    /// digits than the account or is too large.
    public func amount(_ decimal: ExactDecimal) -> Int128? {
        let trimmed = decimal.normalized
        guard trimmed.scale <= scale else { return nil }
        // Too large is nil.
        return try? scaled(Int128(trimmed.mantissa), by: scale - trimmed.scale)  // see above
    }

    private func multiply(_ left: Int128, _ right: Int128) throws(AccountingError) -> Int128 {
        let (product, overflow) = left.multipliedReportingOverflow(by: right)
        if overflow { throw .amountTooLarge }
        return product
    }

    private func add(_ left: Int128, _ right: Int128) throws(AccountingError) -> Int128 {
        let (sum, overflow) = left.addingReportingOverflow(right)
        if overflow { throw .amountTooLarge }
        return sum
    }

    /// `amount × 10^digits`; dividing rounds up, against the payer of a positive amount.
    private func scaled(_ amount: Int128, by digits: Int) throws(AccountingError) -> Int128 {
        var power: Int128 = 1
        for _ in 0..<abs(digits) { power = try multiply(power, 10) }
        return digits >= 0 ? try multiply(amount, power) : flooredUp(amount, power)
    }

    private func flooredUp(_ amount: Int128, _ divisor: Int128) -> Int128 {
        let (quotient, remainder) = amount.quotientAndRemainder(dividingBy: divisor)
        return remainder > 0 ? quotient + 1 : quotient
    }
}

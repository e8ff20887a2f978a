// From executions to round trips: from flat to flat, with partial closes, and flips cut in two.

public import MartletModel

/// One round trip: a position from its first fill to the fill that closed it.
public struct RoundTrip: Hashable, Sendable {
    /// Which way the position went.
    public let side: Side
    /// When we heard of the first fill; ns.
    public let openTime: Int64
    /// When we heard of the last fill; ns. For an open trip, the end of the run.
    public var closeTime: Int64
    /// Fills that took part; a fill that flips the position counts in both trips.
    public var fills = 0
    /// Lots entered.
    public var entryLots: Int128 = 0
    /// Lots closed.
    public var exitLots: Int128 = 0
    /// Σ ticks × lots of all entries: the average entry is this over ``entryLots``, exactly.
    public var entryTickLots: Int128 = 0
    /// Σ ticks × lots of all exits.
    public var exitTickLots: Int128 = 0
    /// The largest size it had, lots.
    public var maximumLots: Int64 = 0
    /// Result before fees and funding, in units of `10^−amountScale`.
    public var gross: Int128 = 0
    /// Fees paid; negative is rebates.
    public var fees: Int128 = 0
    /// Funding paid while it was open, as known on the equity grid; negative is received.
    public var funding: Int128 = 0
    /// Worst result before fees while open, sampled on the equity grid and at its end; at most 0.
    public var adverse: Int128 = 0
    /// Best result before fees while open, likewise; at least 0.
    public var favorable: Int128 = 0

    init(side: Side, time: Int64) {
        self.side = side
        openTime = time
        closeTime = time
    }

    /// Result after fees and funding.
    public var net: Int128 { gross - fees - funding }
    /// How long it was open; ns.
    public var holding: Int64 { closeTime - openTime }
    /// Average entry price in quote asset, rounded to `digits` after the point, halves away from 0.
    public func entryText(_ instrument: InstrumentSpec, digits: Int = 8) -> String {
        averageText(entryTickLots, entryLots, instrument, digits)
    }
    /// Average exit price in quote asset, rounded likewise; empty while nothing is closed.
    public func exitText(_ instrument: InstrumentSpec, digits: Int = 8) -> String {
        averageText(exitTickLots, exitLots, instrument, digits)
    }
}

/// `tickLots ÷ lots` ticks as trimmed decimal text with at most `digits` after the point; the price
/// itself never passes through floating point. Empty of no lots.
func averageText(
    _ tickLots: Int128, _ lots: Int128, _ instrument: InstrumentSpec, _ digits: Int
) -> String {
    guard lots > 0 else { return "" }
    // Whole ticks first, then the remainder, so that no product leaves 128 bits.
    let (whole, rest) = tickLots.quotientAndRemainder(dividingBy: lots)
    let wholeText = whole * Int128(instrument.tickSize.mantissa)
    let shift = digits - instrument.tickSize.scale
    guard shift > 0 else {
        return trimmedDecimalText(wholeText, scale: instrument.tickSize.scale)
    }
    let power = Int128(powerOfTen(min(shift, 18)))
    let part = rest * Int128(instrument.tickSize.mantissa)
    let (scaled, overflow) = part.multipliedReportingOverflow(by: power)
    let (base, overflowBase) = wholeText.multipliedReportingOverflow(by: power)
    guard !overflow, !overflowBase else {
        return trimmedDecimalText(wholeText, scale: instrument.tickSize.scale)
    }
    let (quotient, remainder) = scaled.quotientAndRemainder(dividingBy: lots)
    let up = remainder.magnitude * 2 >= UInt128(lots.magnitude) ? Int128(scaled < 0 ? -1 : 1) : 0
    return trimmedDecimalText(
        base + quotient + up, scale: instrument.tickSize.scale + min(shift, 18))
}

/// Walks the fills of a run and gives its round trips one after the other, in constant memory.
public struct RoundTripWalker {
    private let fills: UnsafeBufferPointer<FillRecord>
    private let equity: [EquityPoint]
    private let arithmetic: ContractArithmetic
    private let endTime: Int64
    private var nextFill = 0
    private var nextPoint = 0
    /// What is left of a fill that flipped the position, and of its fee.
    private var carry: (lots: Int64, fee: Int128)?
    private var trip: RoundTrip?
    private var position: Int64 = 0
    /// Twice the cash of the open trip.
    private var doubleCash: Int128 = 0
    private var fundingSeen: Int128 = 0
    private var fundingAtOpen: Int128 = 0
    private var lastDoubleMid: Int64 = 0

    /// A walk over `record`'s fills, which must outlive it.
    public init(_ record: RunRecord, arithmetic: ContractArithmetic) {
        fills = record.fills
        equity = record.equity
        endTime = record.endTime
        self.arithmetic = arithmetic
    }

    /// The next closed round trip, or nil when there are no more; then see ``openTrip()``.
    public mutating func next() throws(Failure) -> RoundTrip? {
        while nextFill < fills.count {
            let record = fills[nextFill]
            try passPoints(before: record.fill.receiveTime)
            let lots = carry?.lots ?? record.fill.quantity.lots
            let fee = carry?.fee ?? record.fee
            if let closed = try take(record.fill, lots: lots, fee: fee) { return closed }
        }
        return nil
    }

    /// The position that the end of the run found open, valued at the last mid; nil when flat.
    public mutating func openTrip() throws(Failure) -> RoundTrip? {
        try passPoints(before: .max)
        guard var open = trip else { return nil }
        open.closeTime = max(endTime, open.openTime)
        let value = try arithmetic.doubleValue(lots: position, doubleTicks: lastDoubleMid)
        open.gross = try ContractArithmetic.sum(doubleCash, value) / 2
        open.funding = fundingSeen - fundingAtOpen
        return open
    }

    /// Lots held after the fills walked so far; signed.
    public var positionLots: Int64 { position }

    /// Applies a fill, or what is left of it; gives the trip that it closed.
    private mutating func take(
        _ fill: Fill, lots: Int64, fee: Int128
    ) throws(Failure) -> RoundTrip? {
        let sign = fill.side.sign
        let isClosing = position != 0 && (position > 0) != (sign > 0)
        let part = isClosing ? min(lots, abs(position)) : lots
        // The closing part bears its share of the fee; what rounding leaves stays with the rest.
        let partFee = part == lots || lots == 0 ? fee : fee / Int128(lots) * Int128(part)
        var current = trip ?? RoundTrip(side: fill.side, time: fill.receiveTime)
        if trip == nil { fundingAtOpen = fundingSeen }
        let value = try arithmetic.doubleValue(
            lots: -sign * part, doubleTicks: try doubled(fill.price.ticks))
        doubleCash = try ContractArithmetic.sum(doubleCash, value)
        guard let after = Int64(exactly: Int128(position) + Int128(sign * part)) else {
            throw ContractArithmetic.tooLarge
        }
        position = after
        current.fills += 1
        current.fees = try ContractArithmetic.sum(current.fees, partFee)
        let tickLots = Int128(fill.price.ticks) * Int128(part)
        if isClosing {
            current.exitLots += Int128(part)
            current.exitTickLots = try ContractArithmetic.sum(current.exitTickLots, tickLots)
        } else {
            current.entryLots += Int128(part)
            current.entryTickLots = try ContractArithmetic.sum(current.entryTickLots, tickLots)
        }
        current.maximumLots = max(current.maximumLots, abs(position))
        carry = part < lots ? (lots - part, fee - partFee) : nil
        if carry == nil { nextFill += 1 }
        guard position == 0 else {
            trip = current
            return nil
        }
        current.closeTime = fill.receiveTime
        current.gross = doubleCash / 2
        current.funding = fundingSeen - fundingAtOpen
        current.adverse = min(current.adverse, current.gross)
        current.favorable = max(current.favorable, current.gross)
        trip = nil
        doubleCash = 0
        return current
    }

    /// Marks the open trip at every equity point before `time`.
    private mutating func passPoints(before time: Int64) throws(Failure) {
        while nextPoint < equity.count, time == .max || equity[nextPoint].time < time {
            let point = equity[nextPoint]
            nextPoint += 1
            fundingSeen = point.funding
            if point.doubleMid != 0 { lastDoubleMid = point.doubleMid }
            guard var open = trip, point.doubleMid != 0 else { continue }
            let value = try arithmetic.doubleValue(lots: position, doubleTicks: point.doubleMid)
            let result = try ContractArithmetic.sum(doubleCash, value) / 2
            open.adverse = min(open.adverse, result)
            open.favorable = max(open.favorable, result)
            trip = open
        }
    }

    private func doubled(_ ticks: Int64) throws(Failure) -> Int64 {
        guard let doubled = Int64(exactly: Int128(ticks) * 2) else {
            throw ContractArithmetic.tooLarge
        }
        return doubled
    }
}

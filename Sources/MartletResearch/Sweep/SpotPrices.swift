// What a lot costs and brings in at one bar of a spot sweep: the account arithmetic of BarReplay.

import MartletAccounting
import MartletModel
import MartletSimulation

/// Costs and proceeds per lot, exact, in units of `10^−amountScale`.
struct SpotPrices {
    /// Digits after the point of amounts.
    let amountScale: Int
    /// Cash at the start.
    let initialCash: Int128
    /// One tick × one lot.
    let unit: Int128
    /// The taker fee on `unit`; exact, because amounts have the digits of the fee.
    private let unitFee: Int128
    /// What one lot costs at the price that orders are sized by, fee included.
    private var sizingCost: Int128 = 1
    /// What one lot costs, fee included; 0 where nothing fills any more.
    private var cost: Int128 = 0
    /// What one lot brings in, fee taken off.
    private var proceeds: Int128 = 0

    /// For one instrument.
    ///
    /// - Throws: ``AccountingError/amountTooLarge`` where amounts cannot be exact in 128 bits.
    init(_ instrument: InstrumentSpec, _ settings: BarReplaySettings) throws(AccountingError) {
        let account = try Account(instrument: instrument, fees: settings.fees)
        amountScale = account.scale
        initialCash = try BarCash(settings, for: account).initial
        unit = try account.value(ticks: 1, lots: 1)
        unitFee = try account.fee(value: unit, isMaker: false)
    }

    /// Moves to a bar: orders are sized by `signal` and fill at `fill` (nil: never). False when an
    /// amount leaves 128 bits.
    mutating func set(signal: Int64, fill: Int64?, _ settings: BarReplaySettings) -> Bool {
        let perTick = unit + unitFee
        let sizing = Int128(settings.takerTicks(.buy, at: signal))
            .multipliedReportingOverflow(by: perTick)
        sizingCost = sizing.partialValue
        guard let fill else {
            cost = 0
            return !sizing.overflow
        }
        let bought = Int128(settings.takerTicks(.buy, at: fill))
            .multipliedReportingOverflow(by: perTick)
        let sold = Int128(settings.takerTicks(.sell, at: fill))
            .multipliedReportingOverflow(by: unit - unitFee)
        cost = bought.partialValue
        proceeds = sold.partialValue
        return !sizing.overflow && !bought.overflow && !sold.overflow
    }

    /// Buys for all cash.
    @inline(__always)
    func buy(_ state: inout SMAPairState) {
        state.orders += 1
        guard cost > 0 else { return }
        var lots = Self.quotient(state.cash, cost)
        if sizingCost != cost { lots = min(lots, max(1, Self.quotient(state.cash, sizingCost))) }
        guard lots > 0 else { return }
        state.cash -= Int128(lots) * cost
        state.lots = lots
        state.fills += 1
    }

    /// Sells everything; false when an amount leaves 128 bits.
    @inline(__always)
    func sell(_ state: inout SMAPairState) -> Bool {
        state.orders += 1
        guard cost > 0 else { return true }
        let (income, overflow) = Int128(state.lots).multipliedReportingOverflow(by: proceeds)
        let (sum, overflowSum) = state.cash.addingReportingOverflow(income)
        state.cash = sum
        state.lots = 0
        state.fills += 1
        return !overflow && !overflowSum
    }

    /// Whole lots, at most 2^53; by one machine division where the quotient fits 64 bits.
    @inline(__always)
    private static func quotient(_ cash: Int128, _ cost: Int128) -> Int64 {
        guard cash > 0 else { return 0 }
        let high = UInt64(truncatingIfNeeded: cash >> 64)
        guard let divisor = UInt64(exactly: cost), high < divisor else {
            return min(1 << 53, Int64(clamping: cash / cost))
        }
        let dividend = (high: high, low: UInt64(truncatingIfNeeded: cash))
        return Int64(min(1 << 53, divisor.dividingFullWidth(dividend).quotient))
    }
}

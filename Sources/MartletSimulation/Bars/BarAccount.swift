// The account of a bar backtest: exact amounts, and what its cash allows.

public import MartletAccounting
public import MartletModel

/// An account that starts with cash, or with none and no limits.
///
/// With cash, a spot account never spends more than it has nor sells more than it holds.
/// Derivatives are not held to their margin (optimistic for large positions).
public struct BarAccount: Hashable, Sendable {
    /// Position and amounts.
    public private(set) var account: Account
    /// Cash at the start, in units of the account.
    public let initialCash: Int128
    /// Whether the account is held to what it has.
    public let isLimited: Bool

    /// An empty account with the cash of the settings.
    ///
    /// - Throws: ``AccountingError/amountTooLarge`` when the amounts have too many digits.
    public init(_ instrument: InstrumentSpec, _ settings: BarReplaySettings)
        throws(AccountingError)
    {
        account = try Account(instrument: instrument, fees: settings.fees)
        guard let cash = account.amount(settings.cash ?? .zero) else { throw .amountTooLarge }
        initialCash = cash
        isLimited = settings.cash != nil && instrument.kind == .spot
    }

    /// Cash that is there to be spent.
    public var available: Int128 { initialCash + account.cash - account.feesPaid }

    /// What one lot costs at `ticks`, fee included, or nil where that is too large.
    public func lotCost(at ticks: Int64, isMaker: Bool) -> Int128? {
        do throws(AccountingError) {
            let value = try account.value(ticks: ticks, lots: 1)
            let (cost, overflow) = value.addingReportingOverflow(
                try account.fee(value: value, isMaker: isMaker))
            return overflow ? nil : cost
        } catch { return nil }
    }

    /// The most lots that all cash buys at `ticks`, fee included, at most 2^53; 0 where the account
    /// has no limits.
    public func affordableLots(at ticks: Int64, isMaker: Bool) -> Int64 {
        guard isLimited, available > 0, let cost = lotCost(at: ticks, isMaker: isMaker), cost > 0
        else { return 0 }
        return min(1 << 53, Int64(clamping: available / cost))
    }

    /// Books an execution. Returns its fee.
    mutating func book(_ side: Side, ticks: Int64, lots: Int64, isMaker: Bool)
        throws(AccountingError) -> Int128
    {
        try account.book(side, ticks: ticks, lots: lots, isMaker: isMaker)
    }

    /// Everything at a price: initial cash + cash − fees + position.
    func equity(at ticks: Int64) throws(AccountingError) -> Int128 {
        try account.equity(doubleMid: 2 * ticks, initialCash: initialCash)
    }
}

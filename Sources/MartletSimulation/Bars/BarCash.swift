// What the cash of a bar backtest allows.

public import MartletAccounting
import MartletModel

/// Cash at the start, and whether the account is held to it.
///
/// With cash, a spot account never spends more than it has nor sells more than it holds.
/// Derivatives are not held to their margin (optimistic for large positions).
public struct BarCash: Hashable, Sendable {
    /// Cash at the start, in units of the account.
    public let initial: Int128
    /// Whether the account is held to what it has.
    public let isLimited: Bool

    /// The cash of the settings, in units of `account`.
    ///
    /// - Throws: ``AccountingError/amountTooLarge`` when it has too many digits.
    public init(_ settings: BarReplaySettings, for account: borrowing Account)
        throws(AccountingError)
    {
        guard let cash = account.amount(settings.cash ?? .zero) else { throw .amountTooLarge }
        initial = cash
        isLimited = settings.cash != nil && account.instrument.kind == .spot
    }

    /// The most lots that all cash buys at `ticks`, fee included, at most 2^53; 0 where the account
    /// has no limits.
    public func affordableLots(
        _ account: borrowing Account, at ticks: Int64, isMaker: Bool
    ) -> Int64 {
        let available = initial + account.cash - account.feesPaid - account.fundingPaid
        guard isLimited, available > 0 else { return 0 }
        do throws(AccountingError) {
            let value = try account.value(ticks: ticks, lots: 1)
            let fee = try account.fee(value: value, isMaker: isMaker)
            let (cost, overflow) = value.addingReportingOverflow(fee)
            guard !overflow, cost > 0 else { return 0 }
            return min(1 << 53, Int64(clamping: available / cost))
        } catch { return 0 }
    }
}

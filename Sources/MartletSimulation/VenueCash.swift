// What a cash account may buy at the simulated venue.

public import MartletAccounting
import MartletModel

/// The cash of a spot account as the venue has it: exact, and ahead of what we have heard.
public struct VenueCash: Hashable, Sendable {
    private var account: Account
    private let initial: Int128

    /// The cash of an empty account that starts with `initial`, in the account's units.
    public init(account: Account, initial: Int128) {
        self.account = account
        self.initial = initial
    }

    /// Takes note of an execution. Amounts beyond the account's range are left out here: the
    /// engine's account meets the same ones and ends the run.
    mutating func book(_ side: Side, tick: Int64, lots: Int64, isMaker: Bool) {
        do throws(AccountingError) {
            try account.book(side, ticks: tick, lots: lots, isMaker: isMaker)
        } catch {}
    }

    /// Whether the cash pays for a buy with its taker fee, besides what the resting buys of `orders`
    /// reserve in the same way; the order `replaced` is not counted. Amounts beyond the account's
    /// range are not paid for.
    func pays(tick: Int64, lots: Int64, orders: [VenueOrder], replaced: ClientOrderID?) -> Bool {
        do throws(AccountingError) {
            // At a price of nothing: initial cash + cash − fees.
            var left = try account.equity(doubleMid: 0, initialCash: initial)
            for order in orders where order.side == .buy && order.id != replaced {
                left = try sum(left, -(try cost(order.tick, order.leaves)))
            }
            return try cost(tick, lots) <= left
        } catch {
            return false
        }
    }

    private func cost(_ tick: Int64, _ lots: Int64) throws(AccountingError) -> Int128 {
        let value = try account.value(ticks: tick, lots: lots)
        return try sum(value, try account.fee(value: value, isMaker: false))
    }

    private func sum(_ left: Int128, _ right: Int128) throws(AccountingError) -> Int128 {
        let (sum, overflow) = left.addingReportingOverflow(right)
        // Its negative is wanted, too.
        if overflow || sum == Int128.min { throw .amountTooLarge }
        return sum
    }
}

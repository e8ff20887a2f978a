// Where the result came from: spread captured, inventory held, fees, funding, and what is left over.

public import MartletModel

/// The net result of a run cut into its sources; amounts in units of `10^−amountScale`.
public struct Attribution: Hashable, Sendable {
    /// Final equity minus initial cash.
    public let net: Int128
    /// Σ side × (mid − price) × quantity, by the venue's mid just before each fill.
    public let spreadCapture: Int128
    /// Σ position × change of the mid, between fills and to the end of the run.
    public let inventory: Int128
    /// Fees paid; negative is rebates received.
    public let fees: Int128
    /// Funding paid; negative is received.
    public let funding: Int128
    /// net − (spread capture + inventory − fees − funding): the check that nothing was lost.
    public let residual: Int128
    /// Fills without a mid, which count as filled at the mid.
    public let fillsWithoutMid: Int64

    /// The attribution of `record`. One pass over its fills, constant memory.
    ///
    /// - Throws: an integrity failure when an amount leaves 128 bits.
    public init(_ record: RunRecord, arithmetic: ContractArithmetic) throws(Failure) {
        var capture: Int128 = 0
        var inventory: Int128 = 0
        var fees: Int128 = 0
        var position: Int64 = 0
        var lastDoubleMid: Int64 = 0
        var missing: Int64 = 0
        func hold(to doubleMid: Int64) throws(Failure) {
            guard position != 0, lastDoubleMid != doubleMid else { return }
            let before = try arithmetic.doubleValue(lots: position, doubleTicks: lastDoubleMid)
            let after = try arithmetic.doubleValue(lots: position, doubleTicks: doubleMid)
            inventory = try ContractArithmetic.sum(
                inventory, ContractArithmetic.difference(after, before))
        }
        for index in record.fills.indices {
            let entry = record.fills[index]
            let signed = entry.fill.side.sign * entry.fill.quantity.lots
            guard let doublePrice = Int64(exactly: Int128(entry.fill.price.ticks) * 2),
                let after = Int64(exactly: Int128(position) + Int128(signed))
            else { throw ContractArithmetic.tooLarge }
            if entry.doubleMidAtFill == 0 { missing += 1 }
            let doubleMid = entry.doubleMidAtFill == 0 ? doublePrice : entry.doubleMidAtFill
            try hold(to: doubleMid)
            let atMid = try arithmetic.doubleValue(lots: signed, doubleTicks: doubleMid)
            let atPrice = try arithmetic.doubleValue(lots: signed, doubleTicks: doublePrice)
            capture = try ContractArithmetic.sum(
                capture, ContractArithmetic.difference(atMid, atPrice))
            fees = try ContractArithmetic.sum(fees, entry.fee)
            position = after
            lastDoubleMid = doubleMid
        }
        let final = record.equity.last
        let finalMid = record.equity.last { $0.doubleMid != 0 }?.doubleMid ?? lastDoubleMid
        try hold(to: finalMid)
        let funding = final?.funding ?? 0
        let charges = try ContractArithmetic.sum(fees, funding)
        spreadCapture = capture / 2
        self.inventory = inventory / 2
        self.fees = fees
        self.funding = funding
        let explained = try ContractArithmetic.difference(
            ContractArithmetic.sum(spreadCapture, self.inventory), charges)
        net =
            if let final {
                try ContractArithmetic.difference(final.equity, record.initialCash)
            } else {
                explained
            }
        residual = try ContractArithmetic.difference(net, explained)
        fillsWithoutMid = missing
    }
}

// An order as the bar venue has it, and the rules it has to satisfy.

import MartletAccounting
import MartletModel

/// An order at the bar venue.
struct BarOrder {
    let id: ClientOrderID
    let side: Side
    let type: OrderType
    let timeInForce: TimeInForce
    let reduceOnly: Bool
    /// When the request was sent; ns.
    let sent: Int64
    var price: Price
    var quantity: Quantity
    var leaves: Quantity

    /// An order just submitted.
    init(_ id: ClientOrderID, _ request: OrderRequest, sent: Int64) {
        self.id = id
        side = request.side
        type = request.type
        timeInForce = request.timeInForce
        reduceOnly = request.reduceOnly
        self.sent = sent
        price = request.price
        quantity = request.quantity
        leaves = request.quantity
    }

    /// The largest price in ticks and quantity in lots: doubles still hold every integer there.
    static let numberMax: Int64 = 1 << 53

    /// Why the venue would refuse it while the market is at `ticks`, or nil.
    func refusal(at ticks: Int64, _ instrument: InstrumentSpec, positionLots: Int64) -> OrderReason?
    {
        if let reason = Self.refusal(price, quantity, type, instrument) { return reason }
        if reduceOnly, positionLots * side.sign >= 0 { return .reduceOnly }
        guard instrument.minimumNotional.mantissa > 0 else { return nil }
        let isEnough = Self.reachesMinimum(
            instrument, ticks: type == .limit ? price.ticks : ticks, lots: quantity.lots)
        return isEnough ? nil : .minimumNotional
    }

    /// Why the venue would refuse this price and quantity, or nil.
    static func refusal(
        _ price: Price, _ quantity: Quantity, _ type: OrderType, _ instrument: InstrumentSpec
    ) -> OrderReason? {
        if quantity < instrument.minimumQuantity || quantity.lots > numberMax {
            return .quantityRule
        }
        if type == .limit, price.ticks <= 0 || price.ticks > numberMax { return .priceRule }
        return nil
    }

    /// Whether a size is worth the instrument's smallest order in quote asset; exact.
    private static func reachesMinimum(
        _ instrument: InstrumentSpec, ticks: Int64, lots: Int64
    ) -> Bool {
        let least = instrument.minimumNotional
        var factors = [lots, instrument.lotSize.mantissa, instrument.multiplier.mantissa]
        var scale = instrument.lotSize.scale + instrument.multiplier.scale
        if instrument.kind != .inverse {
            factors += [ticks, instrument.tickSize.mantissa]
            scale += instrument.tickSize.scale
        }
        let value = product(factors, tens: max(0, least.scale - scale))
        let needed = product([least.mantissa], tens: max(0, scale - least.scale))
        // A value beyond 128 bits is far above any minimum; such a minimum is never reached.
        guard let value else { return true }
        guard let needed else { return false }
        return value >= needed
    }

    private static func product(_ factors: [Int64], tens: Int) -> Int128? {
        var result: Int128 = 1
        for factor in factors + Array(repeating: 10, count: tens) {
            let (product, overflow) = result.multipliedReportingOverflow(by: Int128(factor))
            if overflow { return nil }
            result = product
        }
        return result
    }
}

// An order as the bar venue has it, and the rules it has to satisfy.

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
        if reduceOnly { return positionLots * side.sign >= 0 ? .reduceOnly : nil }
        let isBelow = instrument.isBelowMinimumNotional(
            ticks: type == .limit ? price.ticks : ticks, lots: quantity.lots)
        return isBelow ? .minimumNotional : nil
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
}

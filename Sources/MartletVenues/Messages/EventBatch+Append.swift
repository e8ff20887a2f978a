// Adds the events that stand in tables of their own together with their place in the order.

extension EventBatch {
    /// Adds the state of an order.
    mutating func append(_ order: OrderEvent) {
        orders.append(order)
        events.append(.order(orders.count - 1))
    }

    /// Adds a position.
    mutating func append(_ position: PositionEvent) {
        positions.append(position)
        events.append(.position(positions.count - 1))
    }

    /// Adds the rules of an instrument.
    mutating func append(_ instrument: InstrumentEvent) {
        instruments.append(instrument)
        events.append(.instrument(instruments.count - 1))
    }
}

// Our own orders that are not finished yet, in the order they were made.

public import MartletModel

/// A fixed table of unfinished orders, oldest first. Look-ups scan it: it is short by design.
public struct OrderTable: Sendable {
    private var orders: [Order] = []
    /// The most orders that may be unfinished at once.
    public let capacity: Int

    /// An empty table for at most `capacity` orders.
    public init(capacity: Int) {
        self.capacity = capacity
        orders.reserveCapacity(capacity)
    }

    /// Unfinished orders.
    public var count: Int { orders.count }
    /// Whether another order would not fit.
    public var isFull: Bool { orders.count >= capacity }

    /// The order at a position, oldest first.
    public subscript(position: Int) -> Order {
        get { orders[position] }
        set { orders[position] = newValue }
    }

    /// Where the order with this id stands, or nil when it is finished or unknown.
    public func position(of id: ClientOrderID) -> Int? {
        for index in orders.indices where orders[index].id == id { return index }
        return nil
    }

    /// Adds an order; the table must not be full.
    public mutating func add(_ order: Order) {
        precondition(orders.count < capacity, "the table of unfinished orders is full")
        orders.append(order)
    }

    /// Forgets finished orders.
    public mutating func removeFinished() {
        orders.removeAll { $0.status.isFinal }
    }
}

// Prices and quantities as whole steps of their instrument: exact, ordered, never rounded.

/// A price, counted in ticks of its instrument.
@frozen public struct Price: Hashable, Comparable, Sendable {
    /// Whole ticks; may be negative where an instrument trades below zero.
    public let ticks: Int64

    /// A price of `ticks` whole ticks.
    @inlinable public init(ticks: Int64) { self.ticks = ticks }

    /// Orders by tick.
    @inlinable public static func < (left: Price, right: Price) -> Bool {
        left.ticks < right.ticks
    }

    /// The distance from `right` to `left`.
    @inlinable public static func - (left: Price, right: Price) -> PriceOffset {
        PriceOffset(ticks: left.ticks - right.ticks)
    }

    /// The price `offset` away.
    @inlinable public static func + (price: Price, offset: PriceOffset) -> Price {
        Price(ticks: price.ticks + offset.ticks)
    }

    /// The price `offset` away in the other direction.
    @inlinable public static func - (price: Price, offset: PriceOffset) -> Price {
        Price(ticks: price.ticks - offset.ticks)
    }
}

/// A distance between two prices of one instrument, in ticks; signed.
@frozen public struct PriceOffset: Hashable, Comparable, Sendable {
    /// Whole ticks.
    public let ticks: Int64

    /// A distance of `ticks` whole ticks.
    @inlinable public init(ticks: Int64) { self.ticks = ticks }

    /// Orders by tick.
    @inlinable public static func < (left: PriceOffset, right: PriceOffset) -> Bool {
        left.ticks < right.ticks
    }
}

/// An order or fill size, counted in lots. Never negative: direction belongs to `Side`.
@frozen public struct Quantity: Hashable, Comparable, Sendable {
    /// Whole lots, at least 0.
    public let lots: Int64

    /// A size of `lots` whole lots, at least 0.
    @inlinable public init(lots: Int64) {
        precondition(lots >= 0, "a quantity is at least 0; direction belongs to Side")
        self.lots = lots
    }

    /// No size at all.
    public static let zero = Quantity(lots: 0)

    /// Orders by lot.
    @inlinable public static func < (left: Quantity, right: Quantity) -> Bool {
        left.lots < right.lots
    }

    /// The joint size.
    @inlinable public static func + (left: Quantity, right: Quantity) -> Quantity {
        Quantity(lots: left.lots + right.lots)
    }

    /// The rest after taking `right` away; taking more than there is breaks the contract.
    @inlinable public static func - (left: Quantity, right: Quantity) -> Quantity {
        Quantity(lots: left.lots - right.lots)
    }
}

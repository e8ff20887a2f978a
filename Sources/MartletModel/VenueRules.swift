// Rules that differ from venue to venue, as data.

/// What changing a resting order's price or quantity does to its place in the queue.
public enum AmendRule: String, CaseIterable, Sendable {
    /// A lower quantity at the same price keeps the place; anything else goes to the back.
    case keepsPriorityWhenSmaller
    /// Every change goes to the back.
    case losesPriority

    /// The rule of a venue; the conservative one where the venue does not say.
    ///
    /// Sources: Binance spot API, "Order amend keep priority" (quantity down only); Binance
    /// futures "Modify order" (reordered in the match queue, no exception for smaller).
    public static func rule(of venue: VenueID) -> AmendRule {
        venue == .binanceSpot ? .keepsPriorityWhenSmaller : .losesPriority
    }
}

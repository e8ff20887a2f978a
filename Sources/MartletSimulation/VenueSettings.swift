// What a simulated venue is like, and who may watch it match.

public import MartletModel

/// Whether an order can fill in pieces.
public enum FillModel: String, CaseIterable, Sendable {
    /// Any fill takes the whole order, however little was traded: optimistic for orders that are
    /// large against the trades.
    case noPartial
    /// A fill takes at most what the event offers.
    case partial
}

/// Whose matching rules, defects included.
public enum VenueConduct: Sendable {
    /// Martlet's own: a print or a crossing level fills at most its own size, orders share it by
    /// age, our own taking uses up the book until the level changes, order rules are checked.
    case plain
    /// hftbacktest 2.4.4 (docs/parity.md): fills through a price take everything, own takers leave
    /// the book as it is, no order rules.
    case upstream
}

/// The rules of one simulated venue for one configuration.
public struct VenueSettings: Sendable {
    /// The instrument's rules.
    public var instrument: InstrumentSpec
    /// How places in the queue are estimated.
    public var queue: QueueModel
    /// Whether orders fill in pieces.
    public var fillModel: FillModel
    /// Whose rules.
    public var conduct: VenueConduct
    /// How long requests and answers travel.
    public var latency: LatencyModel
    /// What an amend does to priority.
    public var amendRule: AmendRule
    /// Whether a sell needs the holding it sells (spot with cash).
    public var needsHolding: Bool
    /// What buys have to be paid from, or nil: they are not held to any cash.
    public var cash: VenueCash?

    /// A venue.
    public init(
        instrument: InstrumentSpec, queue: QueueModel, fillModel: FillModel,
        conduct: VenueConduct = .plain, latency: LatencyModel, amendRule: AmendRule,
        needsHolding: Bool = false, cash: VenueCash? = nil
    ) {
        self.instrument = instrument
        self.queue = queue
        self.fillModel = fillModel
        self.conduct = conduct
        self.latency = latency
        self.amendRule = amendRule
        self.needsHolding = needsHolding
        self.cash = cash
    }
}

/// What a run may write down about matching, at the venue's times.
public protocol VenueObserver: AnyObject {
    /// An order joined the queue of its level behind `ahead` lots.
    func orderRested(_ id: ClientOrderID, ahead: Double)
    /// An order was executed. `ahead` is the estimate in lots before the event (NaN for takers);
    /// `doubleMid` twice the venue's mid in ticks before it, 0 when there was none.
    func orderExecuted(_ id: ClientOrderID, ahead: Double, doubleMid: Int64, time: Int64)
    /// A request reached the venue.
    func requestHandled(_ id: ClientOrderID, sent: Int64, handled: Int64)
}

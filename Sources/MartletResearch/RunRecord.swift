// What one backtest leaves behind in memory: the facts that files, statistics and report are made of.

public import MartletModel

/// One order as the run saw it, from submission to end. Plain data: it is spooled to disk.
@frozen public struct OrderRecord: Sendable {
    /// The order in its last state; `requestTime` is the time of its submission.
    public var order: Order
    /// When the venue first handled it; ns, 0 when it never did.
    public var exchangeTime: Int64
    /// When we heard the first answer; ns, 0 when we never did.
    public var ackTime: Int64
    /// When we heard that it had ended; ns, 0 while it has not.
    public var endTime: Int64
    /// When we first asked to cancel it; ns, 0 when we never did.
    public var cancelRequestTime: Int64
    /// When we heard the answer to that; ns, 0 when we never did.
    public var cancelAckTime: Int64
    /// Time of its first fill as we heard it; ns, 0 when it has none.
    public var firstFillTime: Int64
    /// Accepted changes of price or quantity.
    public var amends: Int32
    /// Twice the local mid price in ticks when it was submitted, 0 when there was none.
    public var doubleMidAtSubmit: Int64
    /// Size shown at its level when it joined the queue, lots; −1 when it never rested.
    public var queueAheadAtJoin: Double

    /// The record of an order just submitted.
    public init(order: Order, doubleMidAtSubmit: Int64) {
        self.order = order
        exchangeTime = 0
        ackTime = 0
        endTime = 0
        cancelRequestTime = 0
        cancelAckTime = 0
        firstFillTime = 0
        amends = 0
        self.doubleMidAtSubmit = doubleMidAtSubmit
        queueAheadAtJoin = -1
    }
}

/// One execution with what surrounded it. Plain data: it is spooled to disk.
@frozen public struct FillRecord: Sendable {
    /// The execution.
    public var fill: Fill
    /// Estimated lots still ahead of the order just before the event that filled it; ≤ 0 means the
    /// order was at the front; not a number for takers.
    public var queueAheadAtFill: Double
    /// Twice the venue's mid in ticks at `fill.exchangeTime`, before the event; 0 when none.
    public var doubleMidAtFill: Int64
    /// Twice the local mid in ticks when the order was submitted; 0 when none.
    public var doubleMidAtSubmit: Int64
    /// Signed position in lots after it, as heard locally.
    public var positionAfter: Int64
    /// Its fee in the settlement asset, in units of `10^−amountScale`; negative is a rebate.
    public var fee: Int128
    /// Twice the venue's mid in ticks 0.1, 1, 5 and 30 s after `fill.exchangeTime`; 0 when the data
    /// ended before or there was no mid.
    public var laterDoubleMid: (Int64, Int64, Int64, Int64)

    /// The record of an execution; markouts are filled in as time passes.
    public init(
        fill: Fill, queueAheadAtFill: Double, doubleMidAtFill: Int64, doubleMidAtSubmit: Int64,
        positionAfter: Int64, fee: Int128
    ) {
        self.fill = fill
        self.queueAheadAtFill = queueAheadAtFill
        self.doubleMidAtFill = doubleMidAtFill
        self.doubleMidAtSubmit = doubleMidAtSubmit
        self.positionAfter = positionAfter
        self.fee = fee
        laterDoubleMid = (0, 0, 0, 0)
    }
}

/// The account at one moment of the equity grid. Amounts are in the settlement asset, in units of
/// `10^−amountScale`, exact.
@frozen public struct EquityPoint: Hashable, Sendable {
    /// The moment; ns, our clock.
    public var time: Int64
    /// Signed position in lots.
    public var positionLots: Int64
    /// Twice the local mid in ticks; 0 when there was none (then `equity` uses the last one).
    public var doubleMid: Int64
    /// Cash from trading alone: minus bought, plus sold; fees and funding apart.
    public var cash: Int128
    /// Fees paid so far; negative is rebates received.
    public var fees: Int128
    /// Funding paid so far; negative is received.
    public var funding: Int128
    /// Initial cash + cash − fees − funding + position at mid.
    public var equity: Int128

    /// A point from its facts.
    public init(
        time: Int64, positionLots: Int64, doubleMid: Int64, cash: Int128, fees: Int128,
        funding: Int128, equity: Int128
    ) {
        self.time = time
        self.positionLots = positionLots
        self.doubleMid = doubleMid
        self.cash = cash
        self.fees = fees
        self.funding = funding
        self.equity = equity
    }
}

/// The market and our quotes at one moment of the chart grid (at most a few thousand points).
@frozen public struct ChartPoint: Hashable, Sendable {
    /// The moment; ns, our clock.
    public var time: Int64
    /// Best bid in ticks, or nil.
    public var bid: Int64?
    /// Best ask in ticks, or nil.
    public var ask: Int64?
    /// Our best resting buy in ticks, or nil.
    public var ownBid: Int64?
    /// Our best resting sell in ticks, or nil.
    public var ownAsk: Int64?

    /// A point from its facts.
    public init(time: Int64, bid: Int64?, ask: Int64?, ownBid: Int64?, ownAsk: Int64?) {
        self.time = time
        self.bid = bid
        self.ask = ask
        self.ownBid = ownBid
        self.ownAsk = ownAsk
    }
}

/// What the data were like, as met by this run.
public struct DataFacts: Hashable, Sendable {
    /// Rows replayed, after the profile's filtering.
    public var rows: Int64 = 0
    /// Rows by kind name.
    public var rowsByKind: [(kind: String, count: Int64)] = []
    /// Gaps in update ids.
    public var gaps: Int64 = 0
    /// Repeated or outdated messages.
    public var staleMessages: Int64 = 0
    /// Rows whose exchange time runs backwards.
    public var timesBackwards: Int64 = 0
    /// Nanoseconds for which the local book was crossed.
    public var crossedNanoseconds: Int64 = 0
    /// Nanoseconds for which the local book was not live.
    public var notLiveNanoseconds: Int64 = 0
    /// The clock correction that replay added to receive times; ns.
    public var clockShift: Int64 = 0
    /// The rule that gave it, in words.
    public var clockRule: String = ""
    /// Sizes of public trades in lots (the buckets serve any count); empty where unknown.
    public var tradeSizes = LatencyHistogram()

    /// No facts yet.
    public init() {}

    /// Equal when every fact is.
    public static func == (left: DataFacts, right: DataFacts) -> Bool {
        left.rows == right.rows && left.gaps == right.gaps
            && left.rowsByKind.elementsEqual(right.rowsByKind, by: ==)
            && left.staleMessages == right.staleMessages
            && left.timesBackwards == right.timesBackwards
            && left.crossedNanoseconds == right.crossedNanoseconds
            && left.notLiveNanoseconds == right.notLiveNanoseconds
            && left.clockShift == right.clockShift && left.clockRule == right.clockRule
    }

    /// Hashes the rows.
    public func hash(into hasher: inout Hasher) { hasher.combine(rows) }
}

/// Latencies met by the run, as counts in geometric buckets (see ``LatencyHistogram``).
public struct RunLatencies: Sendable {
    /// Receive time minus exchange time of market messages, after the clock correction.
    public var feed = LatencyHistogram()
    /// Request sent to request handled by the venue.
    public var entry = LatencyHistogram()
    /// Handled by the venue to answer heard.
    public var response = LatencyHistogram()

    /// Nothing met yet.
    public init() {}
}

/// Everything that one replay of one configuration gave.
public struct RunRecord: Sendable {
    /// The instrument traded.
    public let instrument: InstrumentSpec
    /// Strategy name.
    public let strategy: String
    /// Every parameter with its text in force.
    public let parameters: [(name: String, text: String)]
    /// Every other setting in force, as flag name without dashes and text: profile, queue, …
    public let settings: [(name: String, text: String)]
    /// First moment of the run; ns.
    public var startTime: Int64 = 0
    /// Last moment of the run; ns.
    public var endTime: Int64 = 0
    /// Digits after the point of every `Int128` amount in these records.
    public var amountScale: Int = 0
    /// Cash at the start, in units of `10^−amountScale`; 0 where the run was given none.
    public var initialCash: Int128 = 0
    /// All orders by age; the memory belongs to a spool that lives as long as the run.
    public var orders: UnsafeBufferPointer<OrderRecord> { ordersStorage.pointer }
    /// All executions in the order we heard of them.
    public var fills: UnsafeBufferPointer<FillRecord> { fillsStorage.pointer }
    /// Where the orders lie.
    public var ordersStorage: RecordStorage<OrderRecord>
    /// Where the executions lie.
    public var fillsStorage: RecordStorage<FillRecord>
    /// The account on the equity grid, first and last moment included.
    public var equity: [EquityPoint] = []
    /// Length of one step of the equity grid; ns.
    public var equityStep: Int64 = 0
    /// Market and quotes on the chart grid.
    public var chart: [ChartPoint] = []
    /// What the data were like.
    public var data = DataFacts()
    /// Latencies met.
    public var latencies = RunLatencies()
    /// Counts by name: submits, cancelRequests, amendRequests, expired, canceled, rejected, …
    public var counts: [(name: String, count: Int64)] = []
    /// Running hash of all effects.
    public var effectHash = StableHash()
    /// Hash of the local book at the end.
    public var bookHash = StableHash()

    /// A record to be filled in by the runner.
    public init(
        instrument: InstrumentSpec, strategy: String, parameters: [(name: String, text: String)],
        settings: [(name: String, text: String)], orders: RecordStorage<OrderRecord>,
        fills: RecordStorage<FillRecord>
    ) {
        self.instrument = instrument
        self.strategy = strategy
        self.parameters = parameters
        self.settings = settings
        ordersStorage = orders
        fillsStorage = fills
    }
}

/// Records that lie somewhere: in a spool file (long runs) or in an array (tests).
///
/// Sound because nothing writes to the records once the run has ended, and the storage keeps
/// their memory alive.
public final class RecordStorage<Record>: @unchecked Sendable {
    /// The records.
    public let pointer: UnsafeBufferPointer<Record>
    private let release: () -> Void

    /// Records at `pointer`; `release` frees them when nobody needs them any more.
    public init(_ pointer: UnsafeBufferPointer<Record>, release: @escaping () -> Void) {
        self.pointer = pointer
        self.release = release
    }

    /// Records copied from an array.
    public convenience init(copying records: [Record]) {
        let copy = UnsafeMutableBufferPointer<Record>.allocate(capacity: records.count)
        _ = copy.initialize(from: records)
        self.init(UnsafeBufferPointer(copy)) { copy.deallocate() }
    }

    deinit { release() }
}

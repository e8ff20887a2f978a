// Everything that decides a backtest, typed: what the command line, a file and the environment fill.

public import MartletModel

/// Which venue behaviour a backtest has.
public enum BacktestProfile: String, CaseIterable, Sendable {
    /// Martlet's own: clamped queues, own-liquidity consumption, every market row.
    case standard = "default"
    /// Upstream's rows and behaviour, defects included; no partial fills.
    case hftbacktest
    /// As `hftbacktest`, with exactly the documented repairs.
    case corrected
}

/// How a resting order's place in the queue is estimated.
public enum QueueChoice: Hashable, Sendable {
    /// Risk-averse: only trades move the order forward. Understates fills.
    case risk
    /// Cancels ahead and behind in proportion to a power of the sizes.
    case power(variant: Int, exponent: Double)
    /// The same with logarithms of the sizes.
    case log

    /// Variant 1 with exponent 3.
    public static let power3 = QueueChoice.power(variant: 1, exponent: 3)
    /// Variant 3 with exponent 3.
    public static let power3c = QueueChoice.power(variant: 3, exponent: 3)

    /// Reads `risk`, `power3`, `power3c`, `log` or `power:VARIANT:EXPONENT` (variant 1, 2 or 3,
    /// exponent a plain decimal above 0 and at most 100); nil for anything else.
    public init?(_ text: String) {
        switch text {
        case "risk": self = .risk
        case "log": self = .log
        case "power3": self = .power3
        case "power3c": self = .power3c
        default:
            let parts = text.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count == 3, parts[0] == "power", let variant = Int(parts[1]),
                (1...3).contains(variant), let exponent = ExactDecimal(String(parts[2])),
                exponent.mantissa > 0, exponent.doubleValue <= 100
            else { return nil }
            self = .power(variant: variant, exponent: exponent.doubleValue)
        }
    }

    /// The text that ``init(_:)`` reads back.
    public var text: String {
        switch self {
        case .risk: return "risk"
        case .log: return "log"
        case .power3: return "power3"
        case .power3c: return "power3c"
        case .power(let variant, let exponent):
            let whole = exponent == exponent.rounded()
            return "power:\(variant):" + (whole ? "\(Int64(exponent))" : "\(exponent)")
        }
    }
}

/// Whether an order can fill in pieces.
public enum FillChoice: String, CaseIterable, Sendable {
    /// Any fill takes the whole order: overstates fills of large orders.
    case nopartial
    /// A fill takes what was there.
    case partial
}

/// At which price orders of a bar strategy fill.
public enum BarFillChoice: String, CaseIterable, Sendable {
    /// The next bar's open.
    case open
    /// The signal bar's close: looks at the price it trades at; for parity with other engines.
    case close
}

/// Latencies of one direction, by what the request is.
public struct LatencyChoice: Hashable, Sendable {
    /// Of a submission; at least 0.
    public var submit: Nanoseconds
    /// Of a cancel; at least 0.
    public var cancel: Nanoseconds
    /// Of an amend; at least 0.
    public var amend: Nanoseconds

    /// The same latency for every action.
    public init(_ all: Nanoseconds) {
        submit = all
        cancel = all
        amend = all
    }
}

/// One `--fee-tier FROM:MAKER:TAKER`: rates that hold once this much value was traded in the run.
public struct FeeTierChoice: Hashable, Sendable {
    /// Traded value in the settlement asset, above 0.
    public let from: ExactDecimal
    /// Rate of makers; negative is a rebate.
    public let maker: ExactDecimal
    /// Rate of takers.
    public let taker: ExactDecimal

    /// Reads `FROM:MAKER:TAKER`, plain decimals, FROM above 0, rates from −1 to below 1; nil for
    /// anything else.
    public init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
            .map { ExactDecimal(String($0)) }
        guard parts.count == 3, let from = parts[0], let maker = parts[1], let taker = parts[2],
            from.mantissa > 0,
            [maker, taker].allSatisfy({ (-1..<1).contains($0.doubleValue) })
        else { return nil }
        self.from = from.normalized
        self.maker = maker.normalized
        self.taker = taker.normalized
    }
}

/// One `--set NAME=VALUE`.
public struct ParameterSetting: Hashable, Sendable {
    /// The parameter's name.
    public let name: String
    /// Its text, not yet checked against the strategy.
    public let text: String

    /// A setting.
    public init(name: String, text: String) {
        self.name = name
        self.text = text
    }
}

/// One backtest, fully decided. Made by the command line; every value has been checked by itself
/// (numbers are numbers, durations at least 0), the combination by ``BacktestRunner``.
public struct BacktestOptions: Hashable, Sendable {
    /// Event segments, replayed one after the other; empty when `bars` is given.
    public var events: [String] = []
    /// A bar file, or nil when `events` are given.
    public var bars: String?
    /// What the columns of a bar table without a header hold, or nil.
    public var columns: String?
    /// The strategy's name.
    public var strategy = ""
    /// Parameter texts in the order given.
    public var parameters: [ParameterSetting] = []
    /// Venue behaviour.
    public var profile = BacktestProfile.standard
    /// Queue model.
    public var queue = QueueChoice.power3
    /// Fill model; `nopartial` unless said otherwise under `hftbacktest`, else `partial`.
    public var fillModel = FillChoice.partial
    /// From us to the venue.
    public var entryLatency = LatencyChoice(.zero)
    /// From the venue to us.
    public var responseLatency = LatencyChoice(.zero)
    /// Recorded order latencies (`.npz`, key `data`) that replace both constants, or nil.
    public var latencyFile: String?
    /// Fee rate of makers, of traded value; negative is a rebate. Nil: the preset's, else 0.
    public var makerFee: ExactDecimal?
    /// Fee rate of takers. Nil: the preset's, else 0.
    public var takerFee: ExactDecimal?
    /// Name of a venue's fee table, or nil.
    public var feePreset: String?
    /// Rates that hold from a traded value on, in rising order; the first ones hold before.
    public var feeTiers: [FeeTierChoice] = []
    /// Cash at the start, in quote asset, or nil: an account that only counts profit and loss.
    public var cash: ExactDecimal?
    /// Where bar strategies fill.
    public var fillAt = BarFillChoice.open
    /// Slippage of fills on bars, as a fraction of the price, against us; at least 0, below 1.
    public var slippage = ExactDecimal.zero
    /// Nothing received before this moment is replayed to the strategy; nil is the beginning.
    public var from: Timestamp?
    /// Nothing received at or after this moment is replayed; nil is the end.
    public var to: Timestamp?
    /// How often to replay; the time reported is the median. 1 to 1000.
    public var repeats = 1
    /// Seed of whatever the run draws at random.
    public var seed: UInt64 = 1
    /// Whether to run the same strategy under other queue models and twice the latency as well.
    public var bracket = true
    /// The run directory, or nil for `runs/<id>`.
    public var out: String?
    /// Whether an existing run directory is replaced.
    public var force = false
    /// Path to which `.fills.csv` and `.state.csv` are appended, or nil.
    public var goldenOut: String?
    /// Every option by its flag name with the text in force: for the manifest.
    public var resolved: [ParameterSetting] = []

    /// Nothing chosen yet.
    public init() {}

    /// The flags of the fees that nobody gave, so that they count as 0.
    public var missingFees: [String] {
        guard feePreset == nil else { return [] }
        return (makerFee == nil ? ["--maker-fee"] : []) + (takerFee == nil ? ["--taker-fee"] : [])
    }
}

/// How far a long task has come.
public struct Progress: Hashable, Sendable {
    /// What is being done, one or two words.
    public let phase: String
    /// Units done.
    public let done: Int64
    /// Units in all; 0 when not known.
    public let total: Int64

    /// A report.
    public init(phase: String, done: Int64, total: Int64) {
        self.phase = phase
        self.done = done
        self.total = total
    }
}

// What a run directory says besides the run's own record: where it came from and how far to trust it.

public import MartletModel
import MartletStatistics

/// A file that a run read.
public struct RunInput: Hashable, Sendable {
    /// What it was to the run: `events`, `bars`, `latency`, `configuration`.
    public let role: String
    /// File name without directories, so that equal runs leave equal bytes anywhere.
    public let name: String
    /// SHA-256 of its bytes, lower-case hexadecimal.
    public let sha256: String
    /// Its size in bytes.
    public let bytes: Int64

    /// An input; directories in `path` are left out.
    public init(role: String, path: String, sha256: String, bytes: Int64) {
        self.role = role
        name = path.split(separator: "/").last.map(String.init) ?? path
        self.sha256 = sha256
        self.bytes = bytes
    }
}

/// Which way an assumption bends a result.
public enum ErrorDirection: String, CaseIterable, Sendable {
    /// The result looks better than trading would.
    case optimistic
    /// The result looks worse than trading would.
    case pessimistic
    /// It does not bend the result.
    case neutral
    /// It may bend it either way.
    case unknown
}

/// What a model takes for granted.
public struct ModelAssumption: Hashable, Sendable {
    /// The model, for example `Queue: power3`.
    public let name: String
    /// What it assumes, in one or two sentences.
    public let statement: String
    /// Which way that errs.
    public let errs: ErrorDirection

    /// An assumption.
    public init(name: String, statement: String, errs: ErrorDirection) {
        self.name = name
        self.statement = statement
        self.errs = errs
    }
}

/// The same run under another model, summed up in a line.
public struct BracketRow: Hashable, Sendable {
    /// What differs: `risk-averse queue`, `twice the latency`, …
    public let label: String
    /// Net result.
    public let netPnL: Money
    /// Fees paid; negative is rebates.
    public let fees: Money
    /// Executions.
    public let fills: Int64
    /// Maker executions/executions, or nil without any.
    public let makerShare: Double?
    /// Position at the end, as exact text in quantity units.
    public let position: String
    /// Largest fall below the peak; at most 0.
    public let maximumDrawdown: Money
    /// Fill-weighted markout after 1 s in basis points, or nil.
    public let markout1s: Double?

    /// The line of one run.
    public init(label: String, record: RunRecord, metrics: RunMetrics) {
        let asset = record.instrument.settlementAsset
        func money(_ amount: Int128) -> Money {
            Money(mantissa: amount, scale: record.amountScale, of: asset)
        }
        self.label = label
        netPnL = money(metrics.attribution.net)
        fees = money(metrics.attribution.fees)
        fills = metrics.execution.fills
        makerShare = metrics.execution.makerShare
        position = record.instrument.quantityText(lots: metrics.positionLots)
        maximumDrawdown = money(metrics.equity.deepestFall)
        markout1s = metrics.execution.markouts[1].average
    }
}

/// Everything about a run that its record does not hold.
public struct RunContext: Sendable {
    /// The version of Martlet that ran it.
    public var version: String
    /// Seed of whatever was drawn at random.
    public var seed: UInt64
    /// The files read.
    public var inputs: [RunInput]
    /// The same run under other models; empty where it was not asked for.
    public var bracket: [BracketRow]
    /// What the models assume.
    public var assumptions: [ModelAssumption]
    /// Warnings that the run itself cannot know, for example of missing fees.
    public var warnings: [String]

    /// A context.
    public init(
        version: String, seed: UInt64 = 1, inputs: [RunInput] = [], bracket: [BracketRow] = [],
        assumptions: [ModelAssumption] = [], warnings: [String] = []
    ) {
        self.version = version
        self.seed = seed
        self.inputs = inputs
        self.bracket = bracket
        self.assumptions = assumptions
        self.warnings = warnings
    }
}

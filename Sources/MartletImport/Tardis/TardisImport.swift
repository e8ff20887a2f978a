// Tardis tables in, event segments out.

public import MartletModel
public import MartletStore

/// Makes event segments out of Tardis CSV tables (`incremental_book_L2`, `trades`,
/// `book_snapshot_N`), plain, gzip or zstd.
public enum TardisImport {
    /// What an import is asked to do.
    public struct Options: Sendable {
        /// The tables. They are merged by local time; at equal times in the order given.
        public var sources: [String]
        /// The instrument's symbol as the tables have it; case does not matter.
        public var symbol: String
        /// Quote asset per tick.
        public var tickSize: ExactDecimal
        /// Quantity units per lot.
        public var lotSize: ExactDecimal
        /// How the instrument pays, or nil: by the exchange, else linear.
        public var kind: ContractKind?
        /// Only messages received at or after this time.
        public var from: Timestamp?
        /// Only messages received before this time.
        public var to: Timestamp?
        /// Refuse exchange times that run backwards.
        public var isStrict = false
        /// Keep the complete lines of torn tables.
        public var acceptsTorn = false
        /// Where the segment goes; its sidecar goes beside it.
        public var output: String
        /// Told how many messages were read, every 32,768 of them.
        public var progress: (@Sendable (Int64) -> Void)?

        /// An import of one or more tables.
        public init(
            sources: [String], symbol: String, tickSize: ExactDecimal, lotSize: ExactDecimal,
            output: String
        ) {
            self.sources = sources
            self.symbol = symbol
            self.tickSize = tickSize
            self.lotSize = lotSize
            self.output = output
        }
    }

    /// What an import did.
    public struct Summary: Hashable, Sendable {
        /// The sidecar as written.
        public let sidecar: SegmentSidecar
        /// Lines read, headers included.
        public let lines: Int64
        /// Rows of other instruments.
        public let otherRows: Int64
    }

    /// The most tables of one import.
    public static let sourcesMax = 1000

    /// Reads tables and writes the segment of one instrument and its sidecar, both or none.
    ///
    /// Rows with one local time are one message; rows of a snapshot are one snapshot. Tables have
    /// no update ids, so missing updates cannot be told: every level and trade has sequence −1
    /// unless a trade's id is a number. Each table must be in order of its local times. A table is
    /// open only while its messages are due.
    ///
    /// - Throws: ``FailureKind/notFound`` for a missing table or an instrument that the tables do
    ///   not have; ``FailureKind/integrity`` naming file, line and field; ``FailureKind/usage``.
    public static func run(_ options: Options) throws(Failure) -> Summary {
        guard !options.sources.isEmpty, options.sources.count <= sourcesMax else {
            throw Failure(.usage, "name 1 to \(sourcesMax) Tardis tables to import")
        }
        guard options.tickSize.mantissa > 0, options.lotSize.mantissa > 0 else {
            throw Failure(.usage, "--tick and --lot must be above 0")
        }
        guard !options.symbol.isEmpty else {
            throw Failure(.usage, "--instrument is empty; name a symbol such as BTCUSDT")
        }
        var merge = try TardisMerge(options)
        var sink = TardisSink(options: options, writer: try SegmentWriter(path: options.output))
        var messages: Int64 = 0
        while let reader = try merge.next() {
            try sink.take(reader)
            messages += 1
            if messages & 32_767 == 0 { options.progress?(messages) }
        }
        return try sink.finish(merge)
    }
}

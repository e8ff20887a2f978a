// What stands beside a segment: instrument rules, sources, clock, quality, counts.

public import MartletModel

/// The sidecar of an event segment, `<segment>.npy.json`.
public struct SegmentSidecar: Hashable, Sendable {
    /// A file that the segment was made from.
    public struct Source: Hashable, Sendable {
        /// The file's name, without directories.
        public var name: String
        /// SHA-256 of the file as it lies on disk, hexadecimal.
        public var sha256: String
        /// The file's size.
        public var bytes: Int64
        /// How many lines were read.
        public var lines: Int64

        /// A source file; of `path` only the file name is kept.
        public init(path: String, sha256: String, bytes: Int64, lines: Int64) {
            name = path.split(separator: "/").last.map(String.init) ?? path
            self.sha256 = sha256
            self.bytes = bytes
            self.lines = lines
        }
    }

    /// The instrument and its rules: ticks and lots of the rows are those of it.
    public var instrument: InstrumentSpec
    /// What the rows say about themselves.
    public var statistics: SegmentStatistics
    /// The files that the segment was made from, in their order.
    public var sources: [Source]
    /// Moments at which the book's best bid was at or above its best ask after a message; nil
    /// where nobody looked.
    public var crossed: Int64?
    /// Where a torn source was cut.
    public var cut: CutTail?
    /// The version of Martlet that wrote the segment.
    public var martletVersion: String

    /// A sidecar from its parts.
    public init(
        instrument: InstrumentSpec, statistics: SegmentStatistics, sources: [Source],
        crossed: Int64? = nil, cut: CutTail? = nil, martletVersion: String
    ) {
        self.instrument = instrument
        self.statistics = statistics
        self.sources = sources
        self.crossed = crossed
        self.cut = cut
        self.martletVersion = martletVersion
    }

    /// The name of the rule by which replay corrects the recording clock: the lowest latency
    /// becomes 0.
    public static let clockRule = "minimum-zero"

    /// What replay adds to every receive time, ns: enough that no latency is negative.
    public var shift: Int64 { Self.shift(for: statistics.offsetMin) }
    /// As ``shift``, where only levels and ordinary trades are replayed.
    public var shiftKept: Int64 { Self.shift(for: statistics.offsetMinKept) }

    static func shift(for offsetMin: Int64?) -> Int64 {
        guard let offsetMin, offsetMin < 0 else { return 0 }
        return offsetMin == .min ? .max : -offsetMin
    }

    /// The sidecar's JSON, keys in their published order.
    public var json: JSONText {
        func number(_ value: Int64?) -> JSONText { value.map { .integer($0) } ?? .null }
        let counts = statistics
        let kinds = EventKind.allCases.map { kind in
            (key: kind.name, value: JSONText.integer(counts.rows(of: kind)))
        }
        return .object([
            ("schema", .string(SegmentLayout.schema)),
            ("instrument", Self.json(of: instrument)),
            ("rows", .integer(counts.rows)),
            ("messages", .integer(counts.messages)),
            ("rowsByKind", .object(kinds)),
            ("firstReceiveTime", number(counts.firstReceiveTime)),
            ("lastReceiveTime", number(counts.lastReceiveTime)),
            ("minExchangeTime", number(counts.minExchangeTime)),
            ("maxExchangeTime", number(counts.maxExchangeTime)),
            ("minPrice", number(counts.minPrice)),
            ("maxPrice", number(counts.maxPrice)),
            (
                "sources",
                .array(
                    sources.map { source in
                        .object([
                            ("path", .string(source.name)), ("sha256", .string(source.sha256)),
                            ("bytes", .integer(source.bytes)), ("lines", .integer(source.lines)),
                        ])
                    })
            ),
            (
                "clock",
                .object([
                    ("rule", .string(Self.clockRule)), ("offsetMin", number(counts.offsetMin)),
                    ("offsetMinKept", number(counts.offsetMinKept)),
                    ("offsetMedian", number(counts.offsetMedian)),
                    ("offsetMax", number(counts.offsetMax)), ("shift", .integer(shift)),
                    ("shiftKept", .integer(shiftKept)),
                ])
            ),
            (
                "quality",
                .object([
                    ("gaps", .integer(counts.gaps)), ("stale", .integer(counts.stale)),
                    ("timesBackwards", .integer(counts.timesBackwards)),
                    ("crossed", number(crossed)), ("cutTail", Self.json(of: cut)),
                ])
            ),
            (
                "order",
                .object([
                    ("exchange", .string("row field exchange_order")),
                    ("exchangeDisplacementMax", .integer(counts.exchangeDisplacementMax)),
                ])
            ),
            ("rowsSha256", .string(counts.rowsSHA256)),
            ("martlet", .string(martletVersion)),
        ])
    }

    private static func json(of cut: CutTail?) -> JSONText {
        guard let cut else { return .null }
        return .object([
            ("lastGoodLine", .integer(cut.lastGoodLine)),
            ("byteOffset", .integer(cut.byteOffset)), ("reason", .string(cut.reason)),
        ])
    }

    private static func json(of instrument: InstrumentSpec) -> JSONText {
        .object([
            ("venue", .string(instrument.id.venue.name)),
            ("symbol", .string(instrument.id.symbol)),
            ("kind", .string(instrument.kind.rawValue)),
            ("tickSize", .string(instrument.tickSize.description)),
            ("lotSize", .string(instrument.lotSize.description)),
            (
                "minimumQuantity",
                .string(instrument.quantityText(lots: instrument.minimumQuantity.lots))
            ),
            ("minimumNotional", .string(instrument.minimumNotional.description)),
            ("multiplier", .string(instrument.multiplier.description)),
            ("quantityUnit", .string(instrument.quantityUnit.rawValue)),
            ("baseAsset", .string(instrument.baseAsset.name)),
            ("quoteAsset", .string(instrument.quoteAsset.name)),
        ])
    }
}

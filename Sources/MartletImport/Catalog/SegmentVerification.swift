// Checks an event segment against itself and its sidecar: every row, every count, the digest.

public import MartletModel
public import MartletStore

/// A segment that was found whole.
public struct SegmentVerification: Hashable, Sendable {
    /// The segment's path.
    public let path: String
    /// Its rows.
    public let rows: Int64
    /// Its messages.
    public let messages: Int64
    /// SHA-256 of its rows, computed anew.
    public let sha256: String

    /// Verifies a segment: header, element type and size; every row (kind, side, ranges, receive
    /// order, exchange order); where messages begin and end; every count and range of the sidecar;
    /// the digest. Two passes over the rows, constant memory.
    ///
    /// - Throws: ``FailureKind/integrity`` naming the row or the key that does not fit;
    ///   ``FailureKind/notFound`` and ``FailureKind/failure`` for the files themselves.
    public static func run(_ path: String) throws(Failure) -> SegmentVerification {
        let segment = try EventSegment(path: path)
        try segment.verifyDigest()
        try segment.validate()
        try checkMessages(segment)
        let counted = SegmentStatistics(counting: segment.rows)
        try compare(counted, with: segment)
        return SegmentVerification(
            path: path, rows: counted.rows, messages: counted.messages,
            sha256: counted.rowsSHA256)
    }

    /// Values for scripts.
    public var json: JSONText {
        .object([
            ("path", .string(path)), ("ok", .flag(true)), ("rows", .integer(rows)),
            ("messages", .integer(messages)), ("sha256", .string(sha256)),
        ])
    }

    private static func checkMessages(_ segment: EventSegment) throws(Failure) {
        let rows = segment.rows
        var isInside = false
        for index in rows.indices {
            let flags = rows[index].flags
            func wrong(_ words: String) -> Failure {
                Failure(
                    .integrity,
                    "\(segment.path): row \(index): flags: \(words); the file was altered, "
                        + "import it again")
            }
            if flags.contains(.messageStart) == isInside {
                throw wrong(
                    isInside
                        ? "a message begins before the one before it has ended"
                        : "no message begins where the one before it has ended")
            }
            if isInside, rows[index].receiveTime != rows[index - 1].receiveTime {
                throw wrong("the rows of a message were received at different times")
            }
            if !flags.isDisjoint(with: [.gap, .stale, .snapshotStart]), isInside {
                throw wrong("gap, stale and snapshot start belong to the first row of a message")
            }
            if flags.contains(.clear), rows[index].quantity != 0 || !flags.contains(.snapshot) {
                throw wrong("a clearing row has no quantity and belongs to a snapshot")
            }
            isInside = !flags.contains(.messageEnd)
        }
        guard !isInside else {
            throw Failure(
                .integrity,
                "\(segment.path): the last message has no end; the file was altered, import it again"
            )
        }
    }

    private static func compare(
        _ counted: SegmentStatistics, with segment: EventSegment
    ) throws(Failure) {
        let stated = segment.sidecar.statistics
        let keys: [(String, Int64?, Int64?)] = [
            ("rows", counted.rows, stated.rows),
            ("messages", counted.messages, stated.messages),
            ("firstReceiveTime", counted.firstReceiveTime, stated.firstReceiveTime),
            ("lastReceiveTime", counted.lastReceiveTime, stated.lastReceiveTime),
            ("minExchangeTime", counted.minExchangeTime, stated.minExchangeTime),
            ("maxExchangeTime", counted.maxExchangeTime, stated.maxExchangeTime),
            ("minPrice", counted.minPrice, stated.minPrice),
            ("maxPrice", counted.maxPrice, stated.maxPrice),
            ("clock.offsetMin", counted.offsetMin, stated.offsetMin),
            ("clock.offsetMinKept", counted.offsetMinKept, stated.offsetMinKept),
            ("clock.offsetMedian", counted.offsetMedian, stated.offsetMedian),
            ("clock.offsetMax", counted.offsetMax, stated.offsetMax),
            ("quality.gaps", counted.gaps, stated.gaps),
            ("quality.stale", counted.stale, stated.stale),
            ("quality.timesBackwards", counted.timesBackwards, stated.timesBackwards),
            (
                "order.exchangeDisplacementMax", counted.exchangeDisplacementMax,
                stated.exchangeDisplacementMax
            ),
        ]
        let kinds = EventKind.allCases.map {
            ("rowsByKind.\($0.name)", Optional(counted.rows(of: $0)), Optional(stated.rows(of: $0)))
        }
        for (key, found, said) in keys + kinds where found != said {
            func text(_ number: Int64?) -> String { number.map(String.init) ?? "null" }
            throw Failure(
                .integrity,
                "\(SegmentLayout.sidecarPath(of: segment.path)): key \(key) is \(text(said)), but "
                    + "the rows say \(text(found)); import it again")
        }
    }
}

// One number for how good a segment is, from facts that its sidecar has.

public import MartletStore

/// The score of a segment, 0 (useless) to 100 (nothing to complain of).
///
/// 100 × (1 − share of messages in doubt), less 5 where a torn source was cut, rounded down. In
/// doubt are, per message: a gap in the update ids counts as ten messages, a repeated message and
/// a message that leaves the book crossed as one, an exchange time that runs backwards as a tenth
/// (streams of one venue overtake each other; that alone loses nothing).
public struct SegmentScore: Hashable, Sendable {
    /// 0 to 100.
    public let points: Int

    /// The score of the segment that this sidecar describes.
    public init(_ sidecar: SegmentSidecar) {
        let counts = sidecar.statistics
        let messages = max(1, counts.messages)
        // In tenths of a message; counts of a damaged sidecar may be any number.
        let parts = [
            counts.gaps.multipliedReportingOverflow(by: 100),
            counts.stale.multipliedReportingOverflow(by: 10),
            (sidecar.crossed ?? 0).multipliedReportingOverflow(by: 10),
            (counts.timesBackwards, false),
        ]
        var doubt = 0.0
        for (tenths, overflow) in parts {
            doubt += overflow ? .infinity : Double(max(0, tenths)) / 10 / Double(messages)
        }
        let whole = 100 * (1 - min(1, doubt)) - (sidecar.cut == nil ? 0 : 5)
        points = max(0, Int(whole.rounded(.down)))
    }
}

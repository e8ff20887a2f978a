// What is good and bad about a segment, in words.

import MartletModel
import MartletStore

/// The quality of one segment as text.
struct SegmentQuality {
    /// The segment's path.
    let path: String
    /// Its sidecar.
    let sidecar: SegmentSidecar

    /// Lines for people, without a final newline.
    var text: String {
        let counts = sidecar.statistics
        let id = sidecar.instrument.id
        var rows: [[String]] = [
            ["instrument", "\(id.venue.name) \(id.symbol)"],
            ["rules", "tick \(sidecar.instrument.tickSize), lot \(sidecar.instrument.lotSize)"],
            ["messages", "\(counts.messages)"], ["rows", "\(counts.rows)"],
        ]
        for kind in EventKind.allCases where counts.rows(of: kind) > 0 {
            rows.append(["  " + kind.name, "\(counts.rows(of: kind))"])
        }
        rows += [
            ["received", span(counts.firstReceiveTime, counts.lastReceiveTime)],
            ["at the venue", span(counts.minExchangeTime, counts.maxExchangeTime)],
            ["gaps in update ids", "\(counts.gaps)"],
            ["repeated or outdated", "\(counts.stale)"],
            ["exchange time backwards", "\(counts.timesBackwards)"],
            ["crossed moments", sidecar.crossed.map { "\($0)" } ?? "not counted"],
            ["receive − exchange", offsets],
            ["clock rule at replay", clockRule],
        ]
        if let cut = sidecar.cut {
            rows.append(["cut after line", "\(cut.lastGoodLine) (\(cut.reason))"])
        }
        return TextTable(headings: ["segment", path], rows: rows).text
    }

    private func span(_ first: Int64?, _ last: Int64?) -> String {
        guard let first, let last else { return "–" }
        let seconds = decimalText((Int128(last) - Int128(first)) / 1_000_000, scale: 3)
        return "\(Timestamp(nanoseconds: first).iso8601), \(seconds) s"
    }

    private var offsets: String {
        let counts = sidecar.statistics
        let values = [
            ("min", counts.offsetMin), ("median", counts.offsetMedian), ("max", counts.offsetMax),
        ]
        return values.map { name, value in
            name + " " + (value.map { decimalText(Int128($0 / 1000), scale: 3) + " ms" } ?? "–")
        }.joined(separator: ", ")
    }

    private var clockRule: String {
        guard sidecar.shift > 0 else { return SegmentSidecar.clockRule + ": nothing to correct" }
        return SegmentSidecar.clockRule + ": \(sidecar.shift) ns are added to every receive time"
    }
}

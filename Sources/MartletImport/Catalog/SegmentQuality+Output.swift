// The quality of a segment in words and as JSON.

import MartletModel
public import MartletStore

extension SegmentQuality {
    /// Name and value of every fact, in the order to show them.
    public var facts: [(name: String, value: String)] {
        let counts = sidecar.statistics
        let id = sidecar.instrument.id
        var facts: [(name: String, value: String)] = [
            ("instrument", "\(id.venue.name) \(id.symbol)"),
            ("rules", "tick \(sidecar.instrument.tickSize), lot \(sidecar.instrument.lotSize)"),
            ("score", "\(score) of 100"),
            ("received", spanText(counts.firstReceiveTime, counts.lastReceiveTime)),
            ("at the venue", spanText(counts.minExchangeTime, counts.maxExchangeTime)),
            ("messages", "\(counts.messages)"), ("rows", "\(counts.rows)"),
        ]
        for kind in EventKind.allCases where counts.rows(of: kind) > 0 {
            facts.append(("  " + kind.name, "\(counts.rows(of: kind))"))
        }
        facts += [
            ("snapshots", "\(snapshots)"), ("gaps in update ids", "\(counts.gaps)"),
            ("repeated or outdated", "\(counts.stale)"),
            ("exchange time backwards", "\(counts.timesBackwards)"),
            (
                "crossed",
                (sidecar.crossed.map { "after \($0) messages, " } ?? "")
                    + seconds(crossedNanoseconds)
            ),
            ("book usable", percent(liveShare)), ("coverage", percent(coverage)),
            ("silences over 5 s", "\(silences), the longest wait " + seconds(longestSilence)),
            ("receive − exchange", offsets), ("clock rule at replay", clockRule),
            ("latency after it", latencyText),
        ]
        if let cut = sidecar.cut {
            facts.append(("cut after line", "\(cut.lastGoodLine) (\(cut.reason))"))
        }
        return facts
    }

    /// Values for scripts; times in ns.
    public var json: JSONText {
        func members(_ keys: [String]) -> [(key: String, value: JSONText)] {
            guard case .object(let all) = sidecar.json else { return [] }
            return all.filter { keys.contains($0.key) }
        }
        func number(_ value: Int64?) -> JSONText { value.map { .integer($0) } ?? .null }
        let shares = [0.5, 0.9, 0.99].map { number(latencies.quantile($0)) }
        return .object(
            [("path", .string(path)), ("score", .integer(Int64(score)))]
                + members(["instrument", "rows", "messages", "rowsByKind", "clock", "quality"]) + [
                    ("span", .integer(span)), ("snapshots", .integer(snapshots)),
                    ("crossedNanoseconds", .integer(crossedNanoseconds)),
                    ("liveNanoseconds", .integer(liveNanoseconds)),
                    ("coverage", .double(coverage)), ("silences", .integer(silences)),
                    ("longestSilence", .integer(longestSilence)),
                    (
                        "latency",
                        .object([
                            ("p50", shares[0]), ("p90", shares[1]), ("p99", shares[2]),
                            ("max", latencies.total > 0 ? .integer(latencies.maximum) : .null),
                            ("negative", .integer(latencies.negatives)),
                        ])
                    ),
                ])
    }

    private func spanText(_ first: Int64?, _ last: Int64?) -> String {
        guard let first, let last else { return "–" }
        let text = decimalText((Int128(last) - Int128(first)) / 1_000_000, scale: 3)
        return "\(Timestamp(nanoseconds: first).iso8601), \(text) s"
    }

    private func seconds(_ nanoseconds: Int64) -> String {
        decimalText(Int128(nanoseconds / 1_000_000), scale: 3) + " s"
    }

    private func milliseconds(_ nanoseconds: Int64?) -> String {
        nanoseconds.map { decimalText(Int128($0 / 1000), scale: 3) + " ms" } ?? "–"
    }

    private func percent(_ share: Double?) -> String {
        share.map { decimalText(Int128(($0 * 10_000).rounded(.down)), scale: 2) + " %" } ?? "–"
    }

    private var offsets: String {
        let counts = sidecar.statistics
        return "min \(milliseconds(counts.offsetMin)), median "
            + "\(milliseconds(counts.offsetMedian)), max \(milliseconds(counts.offsetMax))"
    }

    private var latencyText: String {
        "p50 \(milliseconds(latencies.quantile(0.5))), p90 \(milliseconds(latencies.quantile(0.9))), "
            + "p99 \(milliseconds(latencies.quantile(0.99))), max "
            + milliseconds(latencies.total > 0 ? latencies.maximum : nil)
    }

    private var clockRule: String {
        guard sidecar.shift > 0 else { return SegmentSidecar.clockRule + ": nothing to correct" }
        return SegmentSidecar.clockRule + ": \(sidecar.shift) ns are added to every receive time"
    }
}

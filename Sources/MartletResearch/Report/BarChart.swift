// Histograms as inline SVG: bars that stretch with the page, labels that keep their size.

import MartletModel

/// Counts over steps of a scale.
struct BarChart {
    /// One bar: its ends as shares of the width, its height as a count, and what it says on hover.
    struct Bar {
        let from: Double
        let to: Double
        let count: Int64
        let color: String
        let label: String
    }
    let id: String
    let title: String
    let summary: String
    let unit: String
    let bars: [Bar]
    let marks: [(share: Double, label: String)]
    var note = ""
    var size = "low"

    /// The figure.
    var html: String {
        let highest = max(1, bars.map(\.count).max() ?? 1)
        let scale = ChartScale(low: 0, high: Double(highest), wanted: 4, air: 0)
        let full = Int(ChartScale.size)
        var text =
            "<figure class=\"chart \(size)\" id=\"\(id)\"><figcaption><h3>\(escaped(title))</h3>"
        text += "<ul class=\"legend\"><li class=\"unit\">\(escaped(unit))</li></ul></figcaption>"
        text += "<div class=\"frame\"><div class=\"ys\" aria-hidden=\"true\">"
        for tick in scale.ticks {
            let label = Show.number(tick, digits: scale.digits)
            text += "<span style=\"top:\(percent(1 - scale.share(tick)))\">\(label)</span>"
        }
        text += "</div><div class=\"plot bars\"><svg viewBox=\"0 0 \(full) \(full)\""
        text += " preserveAspectRatio=\"none\" role=\"img\" aria-labelledby=\"\(id)-t \(id)-d\">"
        text += "<title id=\"\(id)-t\">\(escaped(title))</title>"
        text += "<desc id=\"\(id)-d\">\(escaped(summary))</desc><path class=\"grid\" d=\""
        for tick in scale.ticks { text += "M0 \(scale.y(tick))H\(full)" }
        text += "\"/>"
        for bar in bars where bar.count > 0 {
            let left = Int((bar.from * ChartScale.size).rounded())
            let width = max(20, Int((bar.to * ChartScale.size).rounded()) - left - 12)
            let top = scale.y(Double(bar.count))
            text += "<rect class=\"\(bar.color)\" x=\"\(left)\" y=\"\(top)\" width=\"\(width)\""
            text += " height=\"\(full - top)\" data-label=\"\(escaped(bar.label))\"/>"
        }
        text += "</svg></div><div class=\"xs\" aria-hidden=\"true\">"
        for (index, mark) in marks.enumerated() {
            let end = mark.share > 0.93 ? "end" : ""
            let place = " class=\"\(end) \(index % 2 == 1 ? "odd" : "")\""
            text +=
                "<span\(place) style=\"left:\(percent(mark.share))\">\(escaped(mark.label))</span>"
        }
        text += "</div></div>"
        if !note.isEmpty { text += "<p class=\"note\">\(escaped(note))</p>" }
        return text + "</figure>\n"
    }

    /// Durations on a logarithmic scale, in at most about 64 bars.
    static func latencies(
        _ histogram: LatencyHistogram, id: String, title: String, color: String
    ) -> BarChart? {
        // A few stragglers would stretch the axis: the first bar also holds the lowest thousandth.
        let last = LatencyHistogram.bucket(of: histogram.maximum)
        guard let low = histogram.quantile(0.001), histogram.maximum > histogram.minimum,
            case let first = LatencyHistogram.bucket(of: low), last > first
        else { return nil }
        let width = (last - first) / 64 + 1
        let start = first / width * width
        let count = (last - start) / width + 1
        let bars = (0..<count).map { index -> Bar in
            let buckets =
                start + index
                * width..<min(start + (index + 1) * width, LatencyHistogram.bucketCount)
            let counted = index == 0 ? 0..<buckets.upperBound : buckets
            let sum = counted.reduce(Int64(0)) { $0 + histogram.counts[$1] }
            let from = LatencyHistogram.lowerBound(ofBucket: buckets.lowerBound)
            let to = LatencyHistogram.lowerBound(ofBucket: buckets.upperBound)
            return Bar(
                from: Double(index) / Double(count), to: Double(index + 1) / Double(count),
                count: sum, color: color,
                label: "\(Show.duration(from)) to \(Show.duration(to)): \(Show.count(sum))")
        }
        let marks = (0...4).map { mark -> (share: Double, label: String) in
            let index = count * mark / 5
            let bucket = start + index * width
            return (
                Double(index) / Double(count),
                Show.duration(LatencyHistogram.lowerBound(ofBucket: bucket))
            )
        }
        let median = Show.duration(histogram.quantile(0.5))
        return BarChart(
            id: id, title: title,
            summary: "\(Show.count(histogram.total)) durations, median \(median), "
                + "99 % below \(Show.duration(histogram.quantile(0.99))).",
            unit: "count, logarithmic time", bars: bars, marks: marks)
    }
}

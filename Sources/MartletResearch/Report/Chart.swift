// Charts as inline SVG that stretches with the page while text and strokes keep their size.

import MartletModel

/// One thing drawn on a chart.
struct ChartSeries {
    /// How it is drawn.
    enum Shape {
        /// Straight from point to point.
        case line
        /// Flat until the next point.
        case step
        /// Filled between the values and the chart's base; flat until the next point if a step.
        case area(isStep: Bool)
        /// One mark per point: round or square.
        case dots(isSquare: Bool)
        /// A vertical bar from each even point to the odd one after it.
        case spans
    }
    let name: String
    /// CSS class that gives its colour: `c1` … `c5`, `mute`.
    let color: String
    let shape: Shape
    let points: [ChartValue]
}

/// A chart over a horizontal scale.
struct Chart {
    let id: String
    let title: String
    /// What it shows, in words, for those who cannot see it.
    let summary: String
    /// The unit of the vertical axis.
    let unit: String
    let horizontal: ChartScale
    let vertical: ChartScale
    let marks: [(share: Double, label: String)]
    var series: [ChartSeries]
    /// Where areas start and a stronger line is drawn.
    var base: Double?
    /// Decimals of values shown at the crosshair.
    var digits: Int
    /// CSS class of the height: `tall`, `` or `low`.
    var size = ""
    /// Whether the horizontal axis is time in ns since the chart's start.
    var startTime: Int64?
    var note = ""

    /// The figure.
    var html: String {
        var text =
            "<figure class=\"chart \(size)\" id=\"\(id)\"><figcaption><h3>\(escaped(title))</h3>"
        text += legend + "</figcaption><div class=\"frame\"><div class=\"ys\" aria-hidden=\"true\">"
        for tick in vertical.ticks {
            let label = Show.number(tick, digits: vertical.digits, isFixed: true)
            text += "<span style=\"top:\(percent(1 - vertical.share(tick)))\">\(label)</span>"
        }
        text += "</div><div class=\"plot\"\(dataAttributes)>" + svg + "</div>"
        text += "<div class=\"xs\" aria-hidden=\"true\">"
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

    private var dataAttributes: String {
        var text =
            " data-y0=\"\(vertical.lower)\" data-y1=\"\(vertical.upper)\" data-digits=\"\(digits)\""
        text += " data-unit=\"\(escaped(unit))\""
        if let startTime {
            // Milliseconds: JavaScript's numbers do not hold nanoseconds since 1970.
            text += " data-t0=\"\(startTime / 1_000_000)\""
            text += " data-t1=\"\((startTime + Int64(horizontal.upper)) / 1_000_000)\""
        }
        return text
    }

    private var legend: String {
        var text = "<ul class=\"legend\">"
        var entries: [ChartSeries] = []
        var names: Set<String> = []
        for item in series.reversed() where names.insert(item.name).inserted {
            entries.append(item)
        }
        for item in entries.reversed() {
            var isSquare = false
            if case .dots(let square) = item.shape { isSquare = square }
            let shape = isSquare ? " square" : ""
            text += "<li class=\"\(item.color)\(shape)\">\(escaped(item.name))</li>"
        }
        return text + "<li class=\"unit\">\(escaped(unit))</li></ul>"
    }

    private var svg: String {
        let size = Int(ChartScale.size)
        var text = "<svg viewBox=\"0 0 \(size) \(size)\" preserveAspectRatio=\"none\" role=\"img\""
        text +=
            " aria-labelledby=\"\(id)-t \(id)-d\"><title id=\"\(id)-t\">\(escaped(title))</title>"
        text += "<desc id=\"\(id)-d\">\(escaped(summary))</desc><path class=\"grid\" d=\""
        for tick in vertical.ticks { text += "M0 \(vertical.y(tick))H\(size)" }
        text += "\"/>"
        if let base, base > vertical.lower, base < vertical.upper {
            text += "<path class=\"base\" d=\"M0 \(vertical.y(base))H\(size)\"/>"
        }
        for item in series { text += path(of: item) }
        return text + "</svg>"
    }

    private func path(of item: ChartSeries) -> String {
        let name = " data-name=\"\(escaped(item.name))\""
        switch item.shape {
        case .line:
            return
                "<path class=\"line \(item.color)\"\(name) d=\"\(line(item.points, isStep: false))\"/>"
        case .step:
            return
                "<path class=\"line \(item.color)\"\(name) d=\"\(line(item.points, isStep: true))\"/>"
        case .area(let isStep):
            guard let first = item.points.first else { return "" }
            let outline = line(item.points, isStep: isStep)
            let floor = min(max(base ?? vertical.lower, vertical.lower), vertical.upper)
            let close = "V\(vertical.y(floor))H\(horizontal.x(first.x))Z"
            return "<path class=\"area \(item.color)\" d=\"\(outline)\(close)\"/>"
                + "<path class=\"line \(item.color)\"\(name) d=\"\(outline)\"/>"
        case .dots(let isSquare):
            let kind = isSquare ? "squares" : "dots"
            var d = ""
            for point in item.points {
                if let y = point.y { d += "M\(horizontal.x(point.x)) \(vertical.y(y))h0" }
            }
            return "<path class=\"\(kind) \(item.color)\"\(name) d=\"\(d)\"/>"
        case .spans:
            var d = ""
            for index in stride(from: 0, to: item.points.count - 1, by: 2) {
                guard let from = item.points[index].y, let to = item.points[index + 1].y else {
                    continue
                }
                d += "M\(horizontal.x(item.points[index].x)) \(vertical.y(from))V\(vertical.y(to))"
            }
            return "<path class=\"span \(item.color)\" d=\"\(d)\"/>"
        }
    }

    /// Path data; a step goes across before it goes up or down.
    private func line(_ points: [ChartValue], isStep: Bool) -> String {
        var d = ""
        var isDrawing = false
        for point in points {
            guard let y = point.y else {
                if isStep, isDrawing { d += "H\(horizontal.x(point.x))" }
                isDrawing = false
                continue
            }
            let place = (horizontal.x(point.x), vertical.y(y))
            if !isDrawing {
                d += "M\(place.0) \(place.1)"
            } else if isStep {
                d += "H\(place.0)V\(place.1)"
            } else {
                d += "L\(place.0) \(place.1)"
            }
            isDrawing = true
        }
        return d
    }
}

/// A share as a CSS percentage.
func percent(_ share: Double) -> String { Show.plain(share * 100, digits: 2) + "%" }

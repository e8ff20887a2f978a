// The charts of a report: equity, drawdown, price and quotes, position, markouts, latency, results.

import MartletModel
import MartletStatistics

/// Builds the charts of one run.
struct ReportCharts {
    let record: RunRecord
    let metrics: RunMetrics
    /// Decimals of amounts.
    let digits: Int
    private var asset: String { record.instrument.settlementAsset.name }
    private var time: ChartScale {
        ChartScale(from: 0, to: Double(record.endTime - record.startTime))
    }
    private var moments: [(share: Double, label: String)] {
        ChartScale.moments(from: record.startTime, to: record.endTime).map {
            (time.share(Double($0.time - record.startTime)), $0.label)
        }
    }
    static let fillsMax = 1500

    private func place(_ moment: Int64) -> Double {
        Double(min(max(moment, record.startTime), record.endTime) - record.startTime)
    }

    private func chart(
        _ id: String, _ title: String, unit: String, summary: String, digits: Int,
        _ series: [ChartSeries], base: Double? = nil, size: String = "", note: String = ""
    ) -> Chart? {
        var low = base ?? .infinity
        var high = base ?? -.infinity
        for point in series.lazy.flatMap(\.points) {
            guard let y = point.y else { continue }
            low = min(low, y)
            high = max(high, y)
        }
        guard low <= high else { return nil }
        return Chart(
            id: id, title: title, summary: summary, unit: unit, horizontal: time,
            vertical: ChartScale(low: low, high: high), marks: moments, series: series, base: base,
            digits: digits, size: size, startTime: record.startTime, note: note)
    }

    /// Net result over time.
    func equity() -> Chart? {
        let points = decimated(
            record.equity.map {
                ChartValue(
                    x: place($0.time), y: metrics.arithmetic.number($0.equity - record.initialCash))
            })
        let net = Show.amount(
            metrics.attribution.net, scale: record.amountScale, digits: digits, isSigned: true)
        return chart(
            "equity", "Net result", unit: asset,
            summary: "Net result after fees over the run; it ends at \(net) \(asset).",
            digits: digits,
            [
                ChartSeries(
                    name: "net result", color: "c1", shape: .area(isStep: false), points: points)
            ], base: 0,
            size: "tall")
    }

    /// Fall below the highest result so far.
    func drawdown() -> Chart? {
        var peak = record.initialCash
        let points = record.equity.map { point -> ChartValue in
            peak = max(peak, point.equity)
            return ChartValue(
                x: place(point.time), y: metrics.arithmetic.number(point.equity - peak))
        }
        let deepest = Show.amount(
            metrics.equity.deepestFall, scale: record.amountScale, digits: digits)
        return chart(
            "drawdown", "Drawdown", unit: asset,
            summary: "Fall below the highest result so far; at its deepest \(deepest) \(asset).",
            digits: digits,
            [
                ChartSeries(
                    name: "below the peak", color: "c2", shape: .area(isStep: false),
                    points: decimated(points))
            ], base: 0, size: "low")
    }

    /// Best prices, own quotes and fills.
    func price() -> Chart? {
        let tick = record.instrument.tickSize.doubleValue
        func line(_ ticks: (ChartPoint) -> Int64?) -> [ChartValue] {
            decimated(
                record.chart.map { point in
                    ChartValue(x: place(point.time), y: ticks(point).map { Double($0) * tick })
                })
        }
        let stride = (record.fills.count + Self.fillsMax - 1) / max(1, Self.fillsMax)
        func fills(_ side: Side) -> [ChartValue] {
            var points: [ChartValue] = []
            var index = 0
            while index < record.fills.count {
                let fill = record.fills[index].fill
                if fill.side == side {
                    points.append(
                        ChartValue(x: place(fill.receiveTime), y: Double(fill.price.ticks) * tick))
                }
                index += max(1, stride)
            }
            return points
        }
        // Bars have one price only.
        let hasSpread = record.chart.contains { $0.bid != $0.ask }
        let prices =
            hasSpread
            ? [
                ChartSeries(name: "best bid", color: "c1 thin", shape: .step, points: line(\.bid)),
                ChartSeries(name: "best ask", color: "c2 thin", shape: .step, points: line(\.ask)),
            ] : [ChartSeries(name: "price", color: "mute", shape: .line, points: line(\.bid))]
        let own = [
            ChartSeries(name: "own buy", color: "c1 own", shape: .step, points: line(\.ownBid)),
            ChartSeries(name: "own sell", color: "c2 own", shape: .step, points: line(\.ownAsk)),
            ChartSeries(
                name: "bought", color: "c1", shape: .dots(isSquare: false), points: fills(.buy)),
            ChartSeries(
                name: "sold", color: "c2", shape: .dots(isSquare: true), points: fills(.sell)),
        ]
        let all = (prices + own).filter { series in series.points.contains { $0.y != nil } }
        let note =
            stride > 1
            ? "One fill in \(stride) is drawn, of \(Show.count(Int64(record.fills.count)))." : ""
        return chart(
            "price", "Price, own quotes and fills", unit: record.instrument.quoteAsset.name,
            summary: "Best bid and ask, the strategy's own quotes, and where it bought and sold.",
            digits: record.instrument.tickSize.scale, all,
            size: "tall"
                + (record.fills.count > 300 ? " many" : record.fills.count < 60 ? " few" : ""),
            note: note)
    }

    /// Signed position over time.
    func position() -> Chart? {
        let lot = record.instrument.lotSize.doubleValue
        let points = decimated(
            record.equity.map {
                ChartValue(x: place($0.time), y: Double($0.positionLots) * lot)
            })
        let range = metrics.execution.positionRange
        let long = record.instrument.quantityText(lots: range.longest)
        let short = record.instrument.quantityText(lots: range.shortest)
        return chart(
            "position", "Position", unit: positionUnit,
            summary: "Signed position over time, between \(short) and \(long).",
            digits: record.instrument.lotSize.scale,
            [
                ChartSeries(
                    name: "position", color: "c3", shape: .area(isStep: true), points: points)
            ], base: 0,
            size: "low")
    }

    /// The unit of quantities.
    var positionUnit: String {
        record.instrument.quantityUnit == .contracts
            ? "contracts" : record.instrument.baseAsset.name
    }

    /// Mean markout at each horizon with its interval.
    func markouts() -> Chart? {
        let markouts = metrics.execution.markouts
        guard markouts.contains(where: { $0.average != nil }) else { return nil }
        func points(_ shift: Double, _ value: (MarkoutStatistics) -> Double?) -> [ChartValue] {
            markouts.enumerated().map { ChartValue(x: Double($0) + shift, y: value($1)) }
        }
        func spans(_ shift: Double, _ interval: (MarkoutStatistics) -> AverageInterval?)
            -> [ChartValue]
        {
            markouts.enumerated().flatMap { index, markout -> [ChartValue] in
                [
                    ChartValue(x: Double(index) + shift, y: interval(markout)?.lower),
                    ChartValue(x: Double(index) + shift, y: interval(markout)?.upper),
                ]
            }
        }
        let series = [
            ChartSeries(
                name: "mean of fills", color: "c1", shape: .spans,
                points: spans(-0.04, \.fillWeighted)),
            ChartSeries(
                name: "by value", color: "c4", shape: .spans,
                points: spans(0.04, \.notionalWeighted)),
            ChartSeries(
                name: "mean of fills", color: "c1", shape: .line, points: points(-0.04, \.average)),
            ChartSeries(
                name: "by value", color: "c4 dashed", shape: .line,
                points: points(0.04, \.notionalAverage)),
            ChartSeries(
                name: "mean of fills", color: "c1", shape: .dots(isSquare: false),
                points: points(-0.04, \.average)),
            ChartSeries(
                name: "by value", color: "c4", shape: .dots(isSquare: true),
                points: points(0.04, \.notionalAverage)),
        ]
        let values: [Double] = series.flatMap { $0.points.compactMap { $0.y } } + [0]
        let scale = ChartScale(from: -0.5, to: 3.5)
        let words = markouts.map {
            "\(Show.duration($0.horizon)): \(Show.number($0.average, digits: 3))"
        }
        return Chart(
            id: "markouts", title: "Markout after fills",
            summary: "Mean move of the mid in our favour after a fill, in basis points: "
                + words.joined(separator: ", ") + ".",
            unit: "bp of the fill price, with 95 % intervals", horizontal: scale,
            vertical: ChartScale(low: values.min() ?? 0, high: values.max() ?? 0),
            marks: markouts.enumerated().map {
                (scale.share(Double($0)), Show.duration($1.horizon))
            }, series: series, base: 0, digits: 3, size: "low marks")
    }

    /// How results of round trips are spread.
    func results() -> BarChart? {
        guard let histogram = metrics.roundTrips.histogram else { return nil }
        let count = Double(histogram.counts.count)
        let upper = histogram.lower + count * histogram.width
        let bars = histogram.counts.enumerated().map { index, value -> BarChart.Bar in
            let from = histogram.lower + Double(index) * histogram.width
            let middle = from + histogram.width / 2
            let isZero = abs(middle) < histogram.width / 4
            let label =
                "\(Show.significant(from, figures: 3)) to "
                + "\(Show.significant(from + histogram.width, figures: 3)) \(asset): \(Show.count(value))"
            return BarChart.Bar(
                from: Double(index) / count, to: Double(index + 1) / count, count: value,
                color: isZero ? "mute" : middle > 0 ? "c1" : "c2", label: label)
        }
        let scale = ChartScale(low: histogram.lower, high: upper, wanted: 5, air: 0)
        let results = metrics.roundTrips.results
        return BarChart(
            id: "results", title: "Result per round trip",
            summary:
                "\(Show.count(Int64(results.wins))) won, \(Show.count(Int64(results.losses))) lost, "
                + "from \(Show.significant(results.worst)) to \(Show.significant(results.best)) \(asset).",
            unit: "round trips by net result, \(asset)", bars: bars,
            marks: scale.ticks.map {
                (scale.share($0), Show.number($0, digits: scale.digits, isFixed: true))
            }, note: "The outermost bars also hold what lies beyond them.")
    }

    /// Latency histograms that have a spread; constants are said in words elsewhere.
    func latencies() -> [BarChart] {
        [
            BarChart.latencies(
                record.latencies.feed, id: "feed-latency", title: "Feed latency", color: "c1"),
            BarChart.latencies(
                record.latencies.entry, id: "entry-latency", title: "Order entry latency",
                color: "c4"),
            BarChart.latencies(
                record.latencies.response, id: "response-latency", title: "Response latency",
                color: "c3"),
        ].compactMap { $0 }
    }
}

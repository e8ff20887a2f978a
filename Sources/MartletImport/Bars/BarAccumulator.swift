// Bars as they are read: brought to one tick, checked against each other, and counted.

import MartletModel

/// What one row of a bar file says, as text.
struct BarFields {
    var time: Slice<UnsafeRawBufferPointer>
    var open: Slice<UnsafeRawBufferPointer>
    var high: Slice<UnsafeRawBufferPointer>
    var low: Slice<UnsafeRawBufferPointer>
    var close: Slice<UnsafeRawBufferPointer>
    /// Nil where the file has no volume.
    var volume: Slice<UnsafeRawBufferPointer>?
}

/// Collects rows into bars. Memory: 56 bytes a row, up to ``rowsMax`` rows.
struct BarAccumulator {
    /// The most bars that are read into memory.
    static let rowsMax = 20_000_000
    /// The largest price in ticks: beyond it a double no longer holds every integer.
    static let ticksMax: Int64 = 1 << 53

    /// 1900-01-01 to 2150-01-01: differences of two such times fit 64 bits.
    static let timeRange: ClosedRange<Int64> =
        -2_208_988_800_000_000_000...5_680_281_600_000_000_000

    private let options: BarImportOptions
    private let name: String
    private var clock = BarClock()
    /// Prices are in units of `10^−scale` until the tick is known, or in ticks where it was given.
    private var scale = 0
    private var scalePlace = ""
    private var highest: Int64 = 0
    private var highestPlace = ""
    private var bars: [Bar] = []
    private var rises = 0
    private var falls = 0
    private var firstRise: String?
    private var firstFall: String?
    private(set) var quality = BarQuality()

    init(name: String, options: BarImportOptions) {
        self.name = name
        self.options = options
    }

    /// Adds one row; `place` says where it stands (`line 7`).
    mutating func add(_ fields: BarFields, place: @autoclosure () -> String) throws(Failure) {
        guard bars.count < Self.rowsMax else {
            throw failure(
                place(),
                "more than \(Self.rowsMax) bars; cut the file into parts or use longer bars"
            )
        }
        guard let time = clock.read(fields.time) else {
            throw failure(
                place(),
                "time '\(Self.text(fields.time))' is neither ISO 8601 in UTC nor whole seconds, ms, "
                    + "µs or ns since 1970 as in the rows before")
        }
        guard Self.timeRange.contains(time) else {
            throw failure(
                place(), "time '\(Self.text(fields.time))' is not between 1900 and 2150")
        }
        noteOrder(time, place)
        let open = try price(fields.open, "open", place)
        let high = try price(fields.high, "high", place)
        let low = try price(fields.low, "low", place)
        let close = try price(fields.close, "close", place)
        let volume = try volumeE8(fields.volume, place)
        // Prices read before a finer one came are brought to its scale now.
        func scaled(_ number: (mantissa: Int64, scale: Int)) -> Price {
            Price(ticks: number.mantissa * powerOfTen(scale - number.scale))
        }
        let bar = Bar(
            openTime: time, closeTime: time, open: scaled(open), high: scaled(high),
            low: scaled(low), close: scaled(close), volumeE8: volume)
        try checkShape(bar, place)
        bars.append(bar)
    }

    /// Notes which way time runs. Files are oldest first or newest first; which of the two is known
    /// at the end.
    private mutating func noteOrder(_ time: Int64, _ place: () -> String) {
        guard let last = bars.last?.openTime else { return }
        if time > last {
            rises += 1
            if firstRise == nil { firstRise = place() }
        } else if time < last {
            falls += 1
            if firstFall == nil { firstFall = place() }
        }
    }

    private mutating func price(
        _ bytes: Slice<UnsafeRawBufferPointer>, _ field: String, _ place: () -> String
    ) throws(Failure) -> (mantissa: Int64, scale: Int) {
        let number: NumberText
        do { number = try NumberText(bytes) } catch {
            throw numberFailure(error, bytes, field, place())
        }
        guard number.mantissa > 0 else {
            throw failure(place(), "\(field) \(Self.text(bytes)) is not above 0")
        }
        if let tick = options.tickSize {
            guard let ticks = number.decimal.wholeSteps(of: tick) else {
                throw failure(
                    place(),
                    "\(field) \(Self.text(bytes)) is not a whole number of ticks of \(tick); "
                        + "correct --tick")
            }
            guard ticks <= Self.ticksMax else {
                throw failure(
                    place(),
                    "\(field) \(Self.text(bytes)) is a number too large at tick \(tick); "
                        + "correct --tick")
            }
            return (ticks, 0)
        }
        if number.scale > scale { try refine(to: number.scale, bytes, field, place) }
        let (ticks, overflow) = number.mantissa.multipliedReportingOverflow(
            by: powerOfTen(scale - number.scale))
        guard !overflow, ticks <= Self.ticksMax else {
            throw failure(
                place(),
                "\(field) \(Self.text(bytes)) is a number too large to be exact at the finest decimal "
                    + "of the file, \(scale) digits"
                    + (scalePlace.isEmpty ? "" : " (\(scalePlace))")
                    + "; round the prices to the instrument's tick")
        }
        if ticks > highest {
            highest = ticks
            highestPlace = place()
        }
        return (ticks, scale)
    }

    /// Brings every bar so far to a finer scale.
    private mutating func refine(
        to finer: Int, _ bytes: Slice<UnsafeRawBufferPointer>, _ field: String,
        _ place: () -> String
    ) throws(Failure) {
        let factor = powerOfTen(finer - scale)
        let (largest, overflow) = highest.multipliedReportingOverflow(by: factor)
        guard !overflow, largest <= Self.ticksMax else {
            throw failure(
                place(),
                "\(field) \(Self.text(bytes)) has too many digits: the price of \(highestPlace) would "
                    + "not be exact at \(finer) decimals; round the prices to the instrument's tick"
            )
        }
        for index in bars.indices {
            let bar = bars[index]
            bars[index] = Bar(
                openTime: bar.openTime, closeTime: bar.closeTime,
                open: Price(ticks: bar.open.ticks * factor),
                high: Price(ticks: bar.high.ticks * factor),
                low: Price(ticks: bar.low.ticks * factor),
                close: Price(ticks: bar.close.ticks * factor), volumeE8: bar.volumeE8)
        }
        highest = largest
        scale = finer
        scalePlace = place()
    }

    private mutating func volumeE8(
        _ bytes: Slice<UnsafeRawBufferPointer>?, _ place: () -> String
    ) throws(Failure) -> Int64 {
        guard let bytes else { return 0 }
        do {
            let (value, dropped) = try NumberText.amountE8(bytes)
            guard value >= 0 else {
                throw failure(place(), "volume \(Self.text(bytes)) is below 0")
            }
            if dropped { quality.volumesCut += 1 }
            return value
        } catch let problem as NumberText.Problem {
            throw numberFailure(problem, bytes, "volume", place())
        } catch let failure as Failure {
            throw failure
        } catch {
            throw failure(place(), "volume cannot be read")
        }
    }

    private mutating func checkShape(_ bar: Bar, _ place: () -> String) throws(Failure) {
        let above = max(bar.open, bar.close)
        let below = min(bar.open, bar.close)
        guard bar.high < above || bar.low > below || bar.high < bar.low else { return }
        let what =
            bar.high < bar.low
            ? "high is below low"
            : bar.high < above ? "high is below open or close" : "low is above open or close"
        if options.isStrict {
            throw failure(place(), "defective bar: \(what) (refused because of --strict)")
        }
        quality.defects += 1
        if quality.firstDefect == nil { quality.firstDefect = "\(place()): \(what)" }
    }

    /// The bars in time order with their closing times, the interval and the price scale.
    mutating func finish() throws(Failure) -> (bars: [Bar], interval: Int64, scale: Int) {
        try putInOrder()
        try dropRepeats()
        guard bars.count >= 2 else {
            throw Failure(
                .integrity,
                "\(name): \(bars.isEmpty ? "no bars" : "only one bar") in the file; "
                    + "at least two are needed to know their interval")
        }
        quality.rows = bars.count
        let interval = mostCommonDifference()
        for index in bars.indices {
            let bar = bars[index]
            let (full, overflow) = bar.openTime.addingReportingOverflow(interval)
            guard !overflow else {
                throw Failure(.integrity, "\(name): the last bar ends beyond the year 2262")
            }
            var end = full
            if index + 1 < bars.count {
                let next = bars[index + 1].openTime
                end = min(full, next)
                count(difference: next - bar.openTime, interval)
            }
            bars[index] = Bar(
                openTime: bar.openTime, closeTime: end, open: bar.open, high: bar.high,
                low: bar.low, close: bar.close, volumeE8: bar.volumeE8)
        }
        return (bars, interval, scale)
    }

    /// Turns files that are newest first round, and sorts what still stands out of order.
    private mutating func putInOrder() throws(Failure) {
        quality.wasNewestFirst = falls > rises
        if quality.wasNewestFirst { bars.reverse() }
        quality.disorder = min(rises, falls)
        guard quality.disorder > 0 else { return }
        quality.firstDisorder = quality.wasNewestFirst ? firstRise : firstFall
        guard !options.isStrict else {
            throw failure(
                quality.firstDisorder ?? "",
                "time runs against the order of the file (refused because of --strict)")
        }
        bars.sort { $0.openTime < $1.openTime }
    }

    /// Drops bars that occur twice with the same content; refuses two contents of one time.
    private mutating func dropRepeats() throws(Failure) {
        guard !bars.isEmpty else { return }
        var kept = 1
        for index in 1..<max(1, bars.count) {
            let bar = bars[index]
            let last = bars[kept - 1]
            guard bar.openTime == last.openTime else {
                bars[kept] = bar
                kept += 1
                continue
            }
            let time = Timestamp(nanoseconds: bar.openTime).iso8601
            guard bar == last, !options.isStrict else {
                throw Failure(
                    .integrity,
                    "\(name): two bars have the time \(time)"
                        + (bar == last
                            ? " (refused because of --strict)"
                            : " and different contents; remove the wrong one"))
            }
            quality.repeats += 1
        }
        bars.removeLast(bars.count - kept)
    }

    private mutating func count(difference: Int64, _ interval: Int64) {
        if difference % interval != 0 { quality.irregular += 1 }
        if difference >= 2 * interval {
            quality.gaps += 1
            quality.missing += Int(difference / interval) - 1
        }
    }

    private func mostCommonDifference() -> Int64 {
        var counts: [Int64: Int] = [:]
        for index in 1..<bars.count {
            counts[bars[index].openTime - bars[index - 1].openTime, default: 0] += 1
        }
        // The smaller of two equally common differences: independent of hash order.
        return counts.min { ($1.value, $0.key) < ($0.value, $1.key) }?.key ?? 1
    }

    private func numberFailure(
        _ problem: NumberText.Problem, _ bytes: Slice<UnsafeRawBufferPointer>, _ field: String,
        _ place: String
    ) -> Failure {
        switch problem {
        case .notANumber:
            failure(
                place,
                "\(field) '\(Self.text(bytes))' is not a plain decimal number; correct the file or "
                    + "say which columns to read with --columns (- skips one)")
        case .tooManyDigits:
            failure(
                place,
                "\(field) \(Self.text(bytes)) has too many digits to be exact; round it"
                    + (field == "volume" ? " or skip the column with --columns" : ""))
        }
    }

    private func failure(_ place: String, _ text: String) -> Failure {
        Failure(.integrity, "\(name): \(place): \(text)")
    }

    /// A field as shown in messages, at most 40 characters, control characters shown as `?`.
    static func text(_ bytes: Slice<UnsafeRawBufferPointer>) -> String {
        let shown = String(decoding: bytes.prefix(40), as: UTF8.self)
        let clean = String(
            String.UnicodeScalarView(shown.unicodeScalars.map { $0.value < 32 ? "?" : $0 }))
        return bytes.count > 40 ? clean + "…" : clean
    }
}

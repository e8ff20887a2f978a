// The pieces that fetched bars are kept in: a day, a month or a year of them.

import MartletModel

/// One piece of a series of bars, whole or still growing.
struct FetchChunk: Hashable {
    /// `2026-11-20`, `2026-11` or `2026`.
    let name: String
    /// First instant, ns.
    let from: Int64
    /// End, exclusive, ns.
    let to: Int64

    /// The chunks that a span of time touches, in order: days for bars below an hour, months below
    /// a day, years above.
    ///
    /// - Parameters:
    ///   - from: First instant wanted, at least 0; ns.
    ///   - to: End, exclusive; ns.
    static func covering(_ from: Int64, _ to: Int64, _ interval: BarInterval) -> [FetchChunk] {
        var chunks: [FetchChunk] = []
        var time = from
        while time < to, let chunk = containing(time, interval) {
            chunks.append(chunk)
            time = chunk.to
        }
        return chunks
    }

    private static func containing(_ time: Int64, _ interval: BarInterval) -> FetchChunk? {
        let day = Timestamp(nanoseconds: time).utcDay
        let parts = day.split(separator: "-").compactMap { Int64($0) }
        guard parts.count == 3 else { return nil }
        func start(_ year: Int64, _ month: Int64) -> Int64? {
            let digits = month < 10 ? "0\(month)" : "\(month)"
            return Timestamp("\(year)-\(digits)-01")?.nanoseconds
        }
        let length: Int64 = 86_400_000_000_000
        if interval.months == 0, interval.seconds < 3600 {
            let first = time - time % length
            return FetchChunk(name: day, from: first, to: first + length)
        }
        let (year, month) = (parts[0], parts[1])
        if interval.months == 0, interval.seconds < 86_400 {
            guard let first = start(year, month),
                let next = month == 12 ? start(year + 1, 1) : start(year, month + 1)
            else { return nil }
            return FetchChunk(name: String(day.prefix(7)), from: first, to: next)
        }
        guard let first = start(year, 1), let next = start(year + 1, 1) else { return nil }
        return FetchChunk(name: String(day.prefix(4)), from: first, to: next)
    }
}

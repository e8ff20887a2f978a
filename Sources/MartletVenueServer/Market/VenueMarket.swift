// The market that a venue server serves: instruments, moved on by a source, telling updates.

package import MartletModel

/// All instruments of a served market. A class because stream and REST look at the same one.
///
/// It is pure otherwise: a source moves it on through ``VenueMarket/advance(to:_:)``, and what
/// happened is appended to a list of updates in the order in which it happened.
package final class VenueMarket {
    /// The instruments, by index.
    package let instruments: [InstrumentMarket]
    /// Whether it replays a recording; then the finest streams tell changes as recorded.
    package let isRecorded: Bool
    /// What a recording holds and lacks, in words; empty without one.
    package let summary: String
    /// The market's time: ns since the epoch, of the recording or of the synthetic clock.
    package private(set) var time: Int64

    private var source: any MarketSource
    private let places: [String: Int]
    private var second: Int64

    /// A market moved on by `source`, which has its instruments.
    package init(source: some MarketSource) {
        self.source = source
        isRecorded = source.isRecorded
        summary = source.summary
        time = source.startTime
        second = source.startTime / 1_000_000_000
        instruments = source.instruments.enumerated().map {
            InstrumentMarket(index: $0.offset, instrument: $0.element)
        }
        places = Dictionary(
            instruments.map { ($0.instrument.symbol.lowercased(), $0.index) },
            uniquingKeysWith: { first, _ in first })
        for instrument in instruments { instrument.align(to: time) }
        var updates: [MarketUpdate] = []
        self.source.begin(self, &updates)
    }

    /// The instrument of this name, upper and lower case being the same; nil where there is none.
    package func instrument(_ symbol: some StringProtocol) -> InstrumentMarket? {
        places[symbol.lowercased()].map { instruments[$0] }
    }

    /// The view that tells a book of `depth` levels (0: all) every `cadence` ns. A recorded market
    /// tells cadences up to 100 ms as recorded.
    package func view(depth: Int, cadence: Int64) -> BookViewKey {
        let isFine = isRecorded && cadence <= 100_000_000
        return BookViewKey(depth: depth, cadence: isFine ? 0 : cadence)
    }

    /// When something happens next, in market time; nil at the end of a recording.
    package var nextTime: Int64? {
        guard let next = source.nextTime else { return nil }
        return min(next, (second + 1) * 1_000_000_000, time - time % Self.step + Self.step)
    }

    /// Views are looked after this often, ns of market time: the finest cadence there is.
    private static let step: Int64 = 10_000_000

    /// Whether the recording is at its end; a synthetic market never is.
    package var isAtEnd: Bool { source.nextTime == nil }

    /// What the source could not use so far, by reason.
    package var unusable: Int64 { source.unusable }

    /// Moves on to `time` and appends what happened until then, that instant included.
    ///
    /// - Throws: `integrity` where the recording is damaged.
    package func advance(to wanted: Int64, _ updates: inout [MarketUpdate]) throws(Failure) {
        while time < wanted {
            let grid = time - time % Self.step + Self.step
            let next = min(grid, wanted)
            while let due = source.nextTime, due <= next {
                time = max(time, due)
                try source.step(self, &updates)
            }
            time = next
            guard next == grid else { continue }
            for instrument in instruments { instrument.publish(at: time, &updates) }
            if time / 1_000_000_000 > second {
                second = time / 1_000_000_000
                for instrument in instruments { instrument.openBars(at: time, &updates) }
            }
        }
    }

    /// Lets every view say now what it has to say.
    package func publishAll(_ updates: inout [MarketUpdate]) {
        for instrument in instruments { instrument.publish(at: time, all: true, &updates) }
    }
}

/// What moves a market: a recording, or chance with a seed.
package protocol MarketSource {
    /// What is traded.
    var instruments: [MarketInstrument] { get }
    /// Whether it is a recording.
    var isRecorded: Bool { get }
    /// The first instant of market time, ns since the epoch.
    var startTime: Int64 { get }
    /// When it does something next; nil at its end.
    var nextTime: Int64? { get }
    /// Messages of a recording that could not be used so far.
    var unusable: Int64 { get }
    /// What a recording holds and lacks, in words; empty without one.
    var summary: String { get }
    /// Sets the market up: first books, bars of the past.
    mutating func begin(_ market: VenueMarket, _ updates: inout [MarketUpdate])
    /// Does what is due at ``nextTime`` (not nil).
    mutating func step(
        _ market: VenueMarket, _ updates: inout [MarketUpdate]
    ) throws(Failure)
}

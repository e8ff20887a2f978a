// One book of a capture as a judge sees it: whether its updates follow each other, whether it crosses.

import MartletBook
import MartletModel
import MartletVenues

/// Follows the update numbers and the levels of one book through a capture.
///
/// It judges what was recorded and repairs nothing: the chain goes on after a hole, and the book is
/// judged for crossing only while it stands on a snapshot without a hole since.
final class UpdateTrack {
    /// What a message turned out to be.
    enum Verdict {
        case follows
        case hole
        case repeated
    }

    /// At most this many changes are kept while a snapshot that is asked for is awaited.
    private static let pendingMax = 4096

    private struct Change {
        let last: Int64
        let levels: [(side: Side, level: BookLevelKey, isZero: Bool)]
    }

    private let numbering: SyncNumbering?
    private let isRequested: Bool
    private var last: Int64?
    private var isSound = false
    private var pending: [Change] = []
    private var book = OrderBook()
    private var scale: Int32 = -1

    /// A book of a venue whose books are put together like this.
    init(_ source: BookSource) {
        switch source {
        case .requested(let numbering):
            self.numbering = numbering
            isRequested = true
        case .streamed(let numbering):
            self.numbering = numbering
            isRequested = false
        case .snapshots, .none:
            numbering = nil
            isRequested = false
        }
    }

    /// Whether the book, where it can be judged, has its best bid at or above its best ask.
    var isCrossed: Bool { isSound && book.isCrossed }

    /// The connection was made anew: what follows continues nothing.
    func restart() {
        last = nil
        isSound = false
        pending = []
    }

    /// Takes a message of the book.
    func take(_ event: BookEvent, of batch: borrowing EventBatch) -> Verdict {
        if event.isSnapshot { return snapshot(event, batch) }
        let verdict = follow(event)
        switch verdict {
        case .repeated: return verdict
        case .hole:
            isSound = false
            pending = []
        case .follows: break
        }
        if isSound {
            apply(event, batch)
        } else if isRequested, let last = event.lastUpdate, pending.count < Self.pendingMax {
            pending.append(Change(last: last, levels: keys(event, batch)))
        }
        return verdict
    }

    private func snapshot(_ event: BookEvent, _ batch: borrowing EventBatch) -> Verdict {
        // One that is asked for stands beside the stream: it does not continue the chain.
        if isRequested, !event.isTopOnly {
            guard !isSound else { return .follows }
        } else {
            last = event.lastUpdate
        }
        book.removeAll(.buy)
        book.removeAll(.sell)
        isSound = true
        apply(event, batch)
        let kept = pending
        pending = []
        guard isRequested, let version = event.lastUpdate else { return .follows }
        for change in kept where change.last > version {
            for level in change.levels { set(level.side, level.level, isZero: level.isZero) }
        }
        return .follows
    }

    /// Whether a change comes right after the one before.
    private func follow(_ event: BookEvent) -> Verdict {
        guard let numbering, let end = event.lastUpdate else { return .follows }
        let first = event.firstUpdate ?? end
        guard let known = last else {
            last = end
            return .follows
        }
        switch numbering {
        case .binanceFutures:
            if event.previousUpdate == known { break }
            if end <= known { return .repeated }
            last = end
            return .hole
        case .okx:
            // Maintenance may go on with a smaller number; the link says that nothing is missing.
            if event.previousUpdate == known { break }
            if end == known { return .repeated }
            last = end
            return .hole
        case .binanceSpot, .bybit, .mexcSpot, .mexcFutures:
            if numbering == .bybit, end == 1 { break }
            if end <= known { return .repeated }
            if first > known &+ 1 {
                last = end
                return .hole
            }
        default: break
        }
        last = end
        return .follows
    }

    private func apply(_ event: BookEvent, _ batch: borrowing EventBatch) {
        for index in event.bids.indices { set(.buy, batch.levels[index]) }
        for index in event.asks.indices { set(.sell, batch.levels[index]) }
    }

    private func keys(
        _ event: BookEvent, _ batch: borrowing EventBatch
    ) -> [(side: Side, level: BookLevelKey, isZero: Bool)] {
        var keys: [(side: Side, level: BookLevelKey, isZero: Bool)] = []
        keys.reserveCapacity(event.bids.count + event.asks.count)
        for (side, range) in [(Side.buy, event.bids), (.sell, event.asks)] {
            for index in range.indices {
                let level = batch.levels[index]
                guard level.price.fits else { continue }
                keys.append((side, BookLevelKey(level.price), Self.isZero(level.quantity)))
            }
        }
        return keys
    }

    private static func isZero(_ quantity: DecimalText) -> Bool {
        quantity.fits && quantity.mantissa == 0
    }

    private func set(_ side: Side, _ level: BookLevel) {
        guard level.price.fits else { return }
        set(side, BookLevelKey(level.price), isZero: Self.isZero(level.quantity))
    }

    /// Prices become ticks of the finest step seen; only their order matters.
    private func set(_ side: Side, _ key: BookLevelKey, isZero: Bool) {
        if scale < 0 { scale = key.scale }
        if key.scale > scale { refine(to: key.scale) }
        // Prices beyond all markets are hostile or damaged: they cannot cross anything.
        guard let tick = key.ticks(atScale: scale), abs(tick) <= StepScale.stepsMax else { return }
        book.set(side, tick: tick, lots: isZero ? 0 : 1)
    }

    /// Goes over to a finer step.
    private func refine(to finer: Int32) {
        var levels: [(Side, Int64)] = []
        let factor = powerOfTen(Int(finer - scale))
        for side in [Side.buy, .sell] {
            book.forEachLevel(side) { tick, _ in
                let (product, overflow) = tick.multipliedReportingOverflow(by: factor)
                if !overflow { levels.append((side, product)) }
            }
        }
        book = OrderBook()
        for (side, tick) in levels { book.set(side, tick: tick, lots: 1) }
        scale = finer
    }
}

/// A price without trailing zeros.
struct BookLevelKey {
    let mantissa: Int64
    let scale: Int32

    /// The price's digits; the price must fit.
    init(_ price: DecimalText) {
        var mantissa = price.mantissa
        var scale = price.scale
        while scale > 0, mantissa % 10 == 0 {
            mantissa /= 10
            scale -= 1
        }
        self.mantissa = mantissa
        self.scale = scale
    }

    /// The price in steps of 10 to the power of −`wanted`; nil where it is no whole number of them.
    func ticks(atScale wanted: Int32) -> Int64? {
        if wanted == scale { return mantissa }
        guard wanted > scale else { return nil }
        let (product, overflow) = mantissa.multipliedReportingOverflow(
            by: powerOfTen(Int(wanted - scale)))
        return overflow ? nil : product
    }
}

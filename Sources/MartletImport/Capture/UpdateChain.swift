// Whether book updates follow each other: flags what is missing, repeated or late.

import MartletModel
import MartletVenues

/// Follows the update numbers of one instrument's depth messages.
struct UpdateChain {
    private let isSpot: Bool
    private var last: Int64?
    /// A gap before a message without levels, which has no row to carry it.
    private var owed: EventFlags = []

    init(_ product: BinanceProduct) { isSpot = product == .spot }

    /// What the next message's first row has to be flagged.
    ///
    /// - Spot: `U` above the last `u` + 1 is a gap. Futures: `pu` other than the last `u` is.
    /// - `u` at or below the last `u` is stale, and changes nothing.
    mutating func flags(for message: BinanceDepth, hasRows: Bool) -> EventFlags {
        var flags: EventFlags = []
        if let last {
            if message.lastUpdate <= last {
                flags = .stale
            } else if isSpot ? message.firstUpdate - 1 > last : isBroken(message, after: last) {
                flags = .gap
            }
        }
        last = max(last ?? message.lastUpdate, message.lastUpdate)
        flags.formUnion(owed)
        owed = hasRows ? [] : flags.intersection(.gap)
        return flags
    }

    private func isBroken(_ message: BinanceDepth, after last: Int64) -> Bool {
        guard let previous = message.previousUpdate else { return message.firstUpdate - 1 > last }
        return previous != last
    }
}

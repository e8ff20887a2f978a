// How far back in the queue of its price level an order stands: estimates from market-by-price data.

import Glibc

/// Estimates an order's place in the queue of its level, after Rigtorp 2013 and hftbacktest.
///
/// Market-by-price data do not say whether a canceled quantity stood before or behind us. `risk`
/// assumes behind, always: it errs pessimistic. The probability forms split it by a function of the
/// sizes before (front) and behind (back); they err either way and want calibration against own
/// fills. All assume that our own order changes nobody else's behaviour (no impact: optimistic for
/// large orders), and that a level's displayed size is all there is (hidden size: optimistic).
public struct QueueModel: Hashable, Sendable {
    /// How a decrease that no trade explains is split.
    public enum Form: Hashable, Sendable {
        /// All behind us.
        case risk
        /// Power function, variants: 1 `b^n/(b^n+f^n)`, 2 `b^n/(b+f)^n`, 3 `1−(f/(f+b))^n`.
        case power(variant: Int, exponent: Double)
        /// `ln(1+b)/(ln(1+b)+ln(1+f))`.
        case logarithm
    }

    /// How a decrease is split.
    public let form: Form
    /// Whether the estimate stays at 0 or above after a depth change. Upstream lets it go below,
    /// which fills more than was traded; keep that for parity only.
    public let isClamped: Bool

    /// A model.
    public init(_ form: Form, isClamped: Bool = true) {
        self.form = form
        self.isClamped = isClamped
    }

    /// A place in a queue, in quantity units.
    public struct Place: Hashable, Sendable {
        /// Estimated size before us; below 0 it is the size traded beyond us.
        public var front: Double
        /// Traded at the level since its last depth change.
        public var traded: Double

        /// The place of an order that joins behind `front`.
        public init(front: Double) {
            self.front = front
            traded = 0
        }
    }

    /// A trade of `quantity` at the level.
    public func trade(_ place: inout Place, quantity: Double) {
        place.front -= quantity
        if form != .risk { place.traded += quantity }
    }

    /// The level went from `previous` to `new`.
    public func change(_ place: inout Place, previous: Double, new: Double) {
        guard form != .risk else {
            place.front = Double.minimum(place.front, new)
            if isClamped { place.front = Double.maximum(place.front, 0) }
            return
        }
        let change = previous - new - place.traded
        place.traded = 0
        if change < 0 {
            place.front = Double.minimum(place.front, new)
        } else {
            let front = place.front
            let back = previous - front
            var share = probabilityBehind(front: front, back: back)
            if share.isInfinite { share = 1 }
            let spill = Double.minimum(back - share * change, 0)
            place.front = Double.minimum(front - (1 - share) * change + spill, new)
        }
        if isClamped { place.front = Double.maximum(place.front, 0) }
    }

    /// The probability that a decrease happened behind us; may be NaN or infinite where the sizes
    /// make no sense (upstream relies on what `min` does with them).
    private func probabilityBehind(front: Double, back: Double) -> Double {
        // A clamped model never asks the functions about sizes below zero.
        let front = isClamped ? Double.maximum(front, 0) : front
        let back = isClamped ? Double.maximum(back, 0) : back
        switch form {
        case .risk: return 1
        case .power(let variant, let exponent):
            switch variant {
            case 1:
                let behind = pow(back, exponent)
                return behind / (behind + pow(front, exponent))
            case 2: return pow(back, exponent) / pow(back + front, exponent)
            default: return 1 - pow(front / (front + back), exponent)
            }
        case .logarithm:
            let behind = log(1 + back)
            return behind / (behind + log(1 + front))
        }
    }

    /// Whole lots that may fill now: what was traded beyond us, rounded half away from zero.
    /// Where it is above 0 the place moves to the very front.
    public func takeExecutable(_ place: inout Place, lotSize: Double) -> Int64 {
        let lots = (-place.front / lotSize).rounded(.toNearestOrAwayFromZero)
        guard lots > 0 else { return 0 }
        place.front = 0
        return lots >= 9e15 ? 9_000_000_000_000_000 : Int64(lots)
    }
}

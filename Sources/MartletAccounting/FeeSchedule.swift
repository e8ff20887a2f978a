// What trading costs: maker and taker rates, rebates, tiers, and what venues publish.

public import MartletModel

/// Maker and taker rates as exact fractions of traded value; a negative rate is a rebate.
public struct FeeRates: Hashable, Sendable {
    /// Rate of executions that rested.
    public let maker: ExactDecimal
    /// Rate of executions that took.
    public let taker: ExactDecimal

    /// Rates by role.
    public init(maker: ExactDecimal, taker: ExactDecimal) {
        self.maker = maker
        self.taker = taker
    }

    /// No fees at all.
    public static let none = FeeRates(maker: .zero, taker: .zero)
}

/// Rates that may fall with the value traded so far in the run.
///
/// Assumption: value traded before the run counts as `0`, so the first tier is where a run starts.
/// This errs pessimistic for accounts that already trade more.
public struct FeeSchedule: Hashable, Sendable {
    /// One step: from this traded value (settlement asset) on, these rates hold.
    public struct Tier: Hashable, Sendable {
        /// Traded value from which the rates hold; the first tier's is 0.
        public let from: ExactDecimal
        /// The rates.
        public let rates: FeeRates

        /// A step of a schedule.
        public init(from: ExactDecimal, rates: FeeRates) {
            self.from = from
            self.rates = rates
        }
    }

    /// The steps, by rising traded value; at least one, the first from 0.
    public let tiers: [Tier]

    /// One pair of rates, whatever is traded.
    public init(_ rates: FeeRates) { tiers = [Tier(from: .zero, rates: rates)] }

    /// A schedule of steps; nil unless they start at 0 and rise.
    public init?(tiers: [Tier]) {
        guard let first = tiers.first, first.from.mantissa == 0 else { return nil }
        for (lower, upper) in zip(tiers, tiers.dropFirst())
        where lower.from.doubleValue >= upper.from.doubleValue {
            return nil
        }
        self.tiers = tiers
    }

    /// Digits after the point that hold every rate of the schedule.
    public var rateScale: Int {
        tiers.map { max($0.rates.maker.scale, $0.rates.taker.scale) }.max() ?? 0
    }
}

/// Published fee schedules of venues at their base level. They change: check before relying on them.
public enum FeePreset: String, CaseIterable, Sendable {
    /// Binance spot, regular user: 0.1 % both ways (venue fee page, 2024).
    case binanceSpot = "binance-spot"
    /// Binance USDT-M futures, regular user: 0.02 % maker, 0.05 % taker (venue fee page, 2024).
    case binanceUSDM = "binance-usdm"
    /// Binance COIN-M futures, regular user: 0.02 % maker, 0.05 % taker (venue fee page, 2024).
    case binanceCoinM = "binance-coinm"
    /// OKX swaps, regular user: 0.02 % maker, 0.05 % taker (venue fee page, 2024).
    case okxSwap = "okx-swap"
    /// Bybit linear, regular user: 0.02 % maker, 0.055 % taker (venue fee page, 2024).
    case bybitLinear = "bybit-linear"
    /// Hyperliquid perpetuals, base tier: 0.015 % maker, 0.045 % taker (venue documentation, 2025).
    case hyperliquid = "hyperliquid"

    /// The schedule.
    public var schedule: FeeSchedule {
        func rates(_ maker: Int64, _ taker: Int64) -> FeeSchedule {
            FeeSchedule(
                FeeRates(
                    maker: ExactDecimal(mantissa: maker, scale: 5),
                    taker: ExactDecimal(mantissa: taker, scale: 5)))
        }
        return switch self {
        case .binanceSpot: rates(100, 100)
        case .binanceUSDM, .binanceCoinM, .okxSwap: rates(20, 50)
        case .bybitLinear: rates(20, 55)
        case .hyperliquid: rates(15, 45)
        }
    }
}

// Volumes and turnovers of bars in Binance's units.

import MartletModel

/// The amounts of a bar as Binance writes them. On COIN-M volume counts contracts and turnover base
/// asset: contracts × contract value ÷ average price, cut to eight digits.
struct BinanceAmounts {
    let volume: String
    let turnover: String
    let takerVolume: String
    let takerTurnover: String
    /// Change from first to last price in percent, three digits.
    let changePercent: String

    init(_ bar: MarketBar, _ instrument: MarketInstrument) {
        volume = instrument.quantity(bar.lots)
        takerVolume = instrument.quantity(bar.takerBuyLots)
        if instrument.kind == .inverse {
            turnover = Self.base(bar.lots, bar.turnover, instrument)
            takerTurnover = Self.base(bar.takerBuyLots, bar.takerBuyTurnover, instrument)
        } else {
            turnover = instrument.turnover(bar.turnover)
            takerTurnover = instrument.turnover(bar.takerBuyTurnover)
        }
        let change = Int128(bar.close - bar.open) * 100_000 / Int128(max(1, bar.open))
        changePercent = decimalText(change, scale: 3)
    }

    /// lots² ÷ turnover is lots ÷ average price; with the contract value it is base asset.
    private static func base(
        _ lots: Int64, _ turnover: Int128, _ instrument: MarketInstrument
    ) -> String {
        guard turnover > 0 else { return "0" }
        let average = turnover / Int128(max(1, lots))
        guard average > 0 else { return "0" }
        var mantissa = Int128(lots) * Int128(instrument.multiplier.mantissa)
        mantissa *= Int128(powerOfTen(min(18, 8 + instrument.tickSize.scale)))
        mantissa /= average * Int128(instrument.tickSize.mantissa)
        return decimalText(mantissa, scale: 8)
    }

    /// One bar of the last 24 hours.
    static func day(of market: InstrumentMarket, at time: Int64) -> MarketBar {
        let from = time - 86_400_000_000_000
        let bars = market.bars.select(
            MarketBarQuery(BarInterval(seconds: 60), from: from, limit: 1440))
        guard var day = bars.first else { return MarketBar(openTime: time, tick: market.lastTick) }
        for bar in bars.dropFirst() { day.add(bar) }
        return day
    }
}

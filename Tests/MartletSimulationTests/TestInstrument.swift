// The instruments that simulation tests trade.

import MartletAccounting
import MartletModel

enum TestInstrument {
    /// Linear, tick 0.1, lot 0.01, fees 0.02 % maker rebate and 0.05 % taker.
    static let linear = make(.linear)

    static func make(
        _ kind: ContractKind, minimumQuantity: Int64 = 1, minimumNotional: ExactDecimal = .zero
    ) -> InstrumentSpec {
        InstrumentSpec(
            id: InstrumentID(venue: .binanceUSDM, symbol: "XY"), kind: kind,
            tickSize: ExactDecimal(mantissa: 1, scale: 1),
            lotSize: ExactDecimal(mantissa: 1, scale: 2),
            minimumQuantity: Quantity(lots: minimumQuantity), minimumNotional: minimumNotional,
            baseAsset: Asset("X"), quoteAsset: Asset("Y"))
    }

    /// An empty account of `instrument`.
    static func account(_ instrument: InstrumentSpec = linear) -> Account {
        let rates = FeeRates(
            maker: ExactDecimal(mantissa: -2, scale: 4), taker: ExactDecimal(mantissa: 5, scale: 4))
        do throws(AccountingError) {
            return try Account(instrument: instrument, fees: FeeSchedule(rates))
        } catch {
            preconditionFailure("four decimals of a rate always fit: \(error)")
        }
    }
}

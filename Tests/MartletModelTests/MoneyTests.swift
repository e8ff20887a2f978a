// Money adds exactly, keeps its asset, and rounds down only where asked to.

import MartletModel
import Testing

@Suite("Money")
struct MoneyTests {
    private let dollars = Asset("USDT")

    private func money(_ mantissa: Int128, _ scale: Int) -> Money {
        Money(mantissa: mantissa, scale: scale, of: dollars)
    }

    @Test("sums are exact at the finer scale", arguments: UInt64(0)..<200)
    func sums(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        func draw() -> Money {
            money(
                Int128(Int64.random(in: Int64.min...Int64.max, using: &random)),
                Int.random(in: 0...18, using: &random))
        }
        let (left, right) = (draw(), draw())
        let sum = left + right
        #expect(sum.scale == max(left.scale, right.scale))
        #expect((sum - right).mantissa(atFinerScale: 18) == left.mantissa(atFinerScale: 18))
        #expect((left - left).mantissa == 0)
        #expect(-(-left) == left)
    }

    @Test(
        "rounding goes down, also below zero",
        arguments: [
            (12_349, 4, 2, 123), (-12_341, 4, 2, -124), (-12_300, 4, 2, -123), (5, 0, 2, 500),
            (99, 2, 0, 0), (-1, 2, 0, -1),
        ] as [(Int128, Int, Int, Int128)])
    func rounding(mantissa: Int128, scale: Int, wanted: Int, expected: Int128) {
        let rounded = money(mantissa, scale).roundedDown(toScale: wanted)
        #expect(rounded.mantissa == expected)
        #expect(rounded.scale == wanted)
    }

    @Test(
        "texts have no trailing zeros",
        arguments: [(1_500, 3, "1.5"), (-7, 2, "-0.07"), (0, 8, "0")] as [(Int128, Int, String)])
    func texts(mantissa: Int128, scale: Int, text: String) {
        #expect(money(mantissa, scale).text == text)
    }

    @Test("two assets cannot be added")
    func assets() async {
        await #expect(processExitsWith: .failure) {
            _ =
                Money(mantissa: 1, scale: 0, of: Asset("A"))
                + Money(mantissa: 1, scale: 0, of: Asset("B"))
        }
    }
}

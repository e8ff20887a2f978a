// Assets, and exact amounts of them.

/// What money is counted in: a currency, a coin, a share. Named as the venue names it.
public struct Asset: Hashable, Sendable {
    /// The venue's name of the asset, for example `USDT`.
    public let name: String

    /// An asset by its name.
    public init(_ name: String) { self.name = name }
}

/// An exact, signed amount of one asset: `mantissa × 10^−scale`.
public struct Money: Hashable, Sendable {
    /// The digits of the amount, with its sign.
    public let mantissa: Int128
    /// Digits after the decimal point, at least 0.
    public let scale: Int
    /// What is counted.
    public let asset: Asset

    /// An amount of `mantissa × 10^−scale` of `asset`.
    public init(mantissa: Int128, scale: Int, of asset: Asset) {
        precondition(scale >= 0, "a scale is at least 0")
        self.mantissa = mantissa
        self.scale = scale
        self.asset = asset
    }

    /// The sum of two amounts of one asset, at the finer scale. Two assets break the contract.
    public static func + (left: Money, right: Money) -> Money {
        precondition(left.asset == right.asset, "two assets cannot be added")
        let scale = max(left.scale, right.scale)
        return Money(
            mantissa: left.mantissa(atFinerScale: scale) + right.mantissa(atFinerScale: scale),
            scale: scale, of: left.asset)
    }

    /// The amount with its sign turned.
    public static prefix func - (money: Money) -> Money {
        Money(mantissa: -money.mantissa, scale: money.scale, of: money.asset)
    }

    /// The difference of two amounts of one asset, at the finer scale.
    public static func - (left: Money, right: Money) -> Money { left + -right }

    /// The digits at a scale that is at least this one's.
    public func mantissa(atFinerScale wanted: Int) -> Int128 {
        precondition(wanted >= scale, "a coarser scale would lose digits: use rounded(toScale:)")
        var mantissa = mantissa
        for _ in scale..<wanted { mantissa *= 10 }
        return mantissa
    }

    /// The amount at `wanted` digits, rounded towards minus infinity: never in our favour.
    public func roundedDown(toScale wanted: Int) -> Money {
        guard wanted < scale else {
            return Money(mantissa: mantissa(atFinerScale: wanted), scale: wanted, of: asset)
        }
        var divisor: Int128 = 1
        for _ in wanted..<scale { divisor *= 10 }
        let (quotient, remainder) = mantissa.quotientAndRemainder(dividingBy: divisor)
        return Money(
            mantissa: remainder < 0 ? quotient - 1 : quotient, scale: wanted, of: asset)
    }

    /// The nearest double: for statistics only.
    public var doubleValue: Double {
        var divisor = 1.0
        for _ in 0..<scale { divisor *= 10 }
        return Double(mantissa) / divisor
    }

    /// Plain decimal text without trailing zeros.
    public var text: String { trimmedDecimalText(mantissa, scale: scale) }
}

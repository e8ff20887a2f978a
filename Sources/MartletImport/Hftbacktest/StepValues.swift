// Steps as doubles and back: the doubles that parsing the venue's text would have given.

import MartletModel

/// Converts counts of a step to doubles, correctly rounded, and doubles to counts of the step.
struct StepValues {
    private let mantissa: Int64
    private let scale: Int
    private let divisor: Double
    private let isExact: Bool

    /// Steps of this size, above 0.
    init(_ size: ExactDecimal) {
        let normalized = size.normalized
        mantissa = normalized.mantissa
        scale = normalized.scale
        divisor = Double(powerOfTen(scale))
        isExact = scale <= 15
    }

    /// `steps` × step size as the nearest double.
    ///
    /// One division of two whole doubles is correctly rounded as long as both are exact (below
    /// 2⁵³); beyond that the number is read from its decimal text.
    func value(_ steps: Int64) -> Double {
        let (product, overflow) = steps.multipliedReportingOverflow(by: mantissa)
        if !overflow, isExact, product.magnitude <= 1 << 53 { return Double(product) / divisor }
        let text = decimalText(Int128(steps) * Int128(mantissa), scale: scale)
        return Double(text) ?? Double(steps) * Double(mantissa) / divisor
    }

    /// How many whole steps `value` is, or nil when it is none, not finite, or beyond ±2⁵³ steps.
    ///
    /// A distance of a millionth of a step is taken for the noise of floating point.
    func steps(_ value: Double) -> Int64? {
        let quotient = value * divisor / Double(mantissa)
        guard quotient.isFinite, abs(quotient) <= 9_007_199_254_740_992 else { return nil }
        let steps = Int64(quotient.rounded())
        let near = self.value(steps)
        if near == value { return steps }
        return abs(near - value) * divisor / Double(mantissa) <= 1e-6 ? steps : nil
    }
}

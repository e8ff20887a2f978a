// Numbers that a message implies but does not write: with the sign turned, differences, products.

import MartletModel

extension DecimalText {
    /// The number with its sign turned, in a text that lives as long as the batch keeps its message.
    func negated(_ batch: inout EventBatch) -> DecimalText {
        guard count > 0 else { return self }
        if start.pointee == UInt8(ascii: "-") {
            return DecimalText(
                mantissa: fits ? 0 - mantissa : 0, scale: scale, start: start + 1,
                count: count - 1)
        }
        let digits = UnsafeBufferPointer(start: start, count: Int(count))
        // Zero has no sign.
        guard digits.contains(where: { (49...57).contains($0) }) else { return self }
        let text = batch.keep([UInt8(ascii: "-")] + digits)
        return DecimalText(
            mantissa: 0 - mantissa, scale: scale, start: text.start, count: Int32(text.count))
    }

    /// This number less another, with as many decimals as the more exact of the two; nil where a
    /// number does not fit.
    func minus(_ other: DecimalText, _ batch: inout EventBatch) -> DecimalText? {
        guard let left = value, let right = other.value else { return nil }
        let scale = max(left.scale, right.scale)
        let difference =
            Int128(left.mantissa) * Int128(powerOfTen(scale - left.scale))
            - Int128(right.mantissa) * Int128(powerOfTen(scale - right.scale))
        return DecimalText.made(difference, scale, &batch)
    }

    /// This number and another, with as many decimals as the more exact of the two; nil where one
    /// is missing or does not fit.
    func plus(_ other: DecimalText?, _ batch: inout EventBatch) -> DecimalText? {
        guard let left = value, let right = other?.value else { return nil }
        let scale = max(left.scale, right.scale)
        let sum =
            Int128(left.mantissa) * Int128(powerOfTen(scale - left.scale))
            + Int128(right.mantissa) * Int128(powerOfTen(scale - right.scale))
        return DecimalText.made(sum, scale, &batch)
    }

    /// The number without its sign.
    func magnitude(_ batch: inout EventBatch) -> DecimalText {
        count > 0 && start.pointee == UInt8(ascii: "-") ? negated(&batch) : self
    }

    /// This number times another, without trailing zeros; nil where it does not fit.
    func times(_ other: DecimalText, _ batch: inout EventBatch) -> DecimalText? {
        guard let left = value?.normalized, let right = other.value?.normalized,
            left.scale + right.scale <= ExactDecimal.scaleMax
        else { return nil }
        let product = Int128(left.mantissa) * Int128(right.mantissa)
        return DecimalText.made(product, left.scale + right.scale, &batch)
    }

    /// `mantissa × 10^−scale` as a text in the batch; nil where it does not fit an `Int64`.
    static func made(
        _ mantissa: Int128, _ scale: Int, _ batch: inout EventBatch
    ) -> DecimalText? {
        guard let digits = Int64(exactly: mantissa), (0...ExactDecimal.scaleMax).contains(scale)
        else { return nil }
        let text = batch.keep(ExactDecimal(mantissa: digits, scale: scale).description)
        return DecimalText(
            mantissa: digits, scale: Int32(scale), start: text.start, count: Int32(text.count))
    }

    /// Whether all its digits are 0.
    var isZero: Bool {
        let digits = UnsafeBufferPointer(start: start, count: Int(count))
        return !digits.contains { (49...57).contains($0) }
    }

    /// Whether it is above 0, whatever its size.
    var isPositive: Bool {
        let digits = UnsafeBufferPointer(start: start, count: Int(count))
        return digits.first != UInt8(ascii: "-") && digits.contains { (49...57).contains($0) }
    }
}

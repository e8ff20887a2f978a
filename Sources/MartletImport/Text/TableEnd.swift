// Tells a last line that was cut off from one that merely lacks its line end.

import MartletModel

/// Remembers how many decimals the last field of a table has at least.
///
/// A last line without a line end may be whole (many programs leave it out) or cut off. It is taken
/// for cut off when its last field has fewer decimals than any line before it, as `10` after
/// `10.25` and `7.1`. A cut that happens to leave a number like all the others is not noticed.
struct TableEnd {
    private var decimalsMin = Int.max

    /// Takes in the last field of a line; false when the line is the last one and was cut off.
    mutating func admits(_ field: Slice<UnsafeRawBufferPointer>, isLast: Bool) -> Bool {
        // A number with an exponent does not show how many decimals it has.
        if field.contains(where: { $0 == 101 || $0 == 69 }) { return true }
        var decimals = 0
        var index = field.endIndex
        while index > field.startIndex, field[index - 1] != 46 {
            index -= 1
            decimals += 1
        }
        if index == field.startIndex { decimals = 0 }
        if isLast, decimalsMin != Int.max, decimals < decimalsMin { return false }
        decimalsMin = min(decimalsMin, decimals)
        return true
    }
}

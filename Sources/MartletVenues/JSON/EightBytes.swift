// Eight bytes of a message looked at together: where digits end, and what they make.

/// Eight bytes of text in one word, the first byte lowest.
///
/// Masks have the highest bit of each byte that they speak of. Source of the way in which digits
/// become a number: pairs, then fours, then eights, by multiplication.
@usableFromInline @frozen struct EightBytes {
    @usableFromInline let word: UInt64

    /// The eight bytes from `place` on, which must all be there.
    @inlinable @inline(__always)
    init(_ place: UnsafePointer<UInt8>) {
        word = UInt64(
            littleEndian: UnsafeRawPointer(place).loadUnaligned(as: UInt64.self))
    }

    @inlinable @inline(__always)
    static func all(_ byte: UInt8) -> UInt64 { UInt64(byte) &* 0x0101_0101_0101_0101 }

    /// The bytes that are no digits.
    @inlinable @inline(__always)
    var notDigits: UInt64 {
        let values = word ^ Self.all(0x30)
        // A value above 9 reaches the highest bit when 0x76 is added.
        return (((values & Self.all(0x7F)) &+ Self.all(0x76)) | values) & Self.all(0x80)
    }

    /// The bytes that end or need more than a copy in a string: up to `"`, a backslash, from 0x7F.
    @inlinable @inline(__always)
    var notPlain: UInt64 {
        let low = word & Self.all(0x7F)
        let isAboveQuote = low &+ Self.all(0x80 - 0x23)
        let isDelete = low &+ Self.all(1)
        let isOtherThanBackslash = (low ^ Self.all(0x5C)) &+ Self.all(0x7F)
        return (~isAboveQuote | isDelete | ~isOtherThanBackslash | word) & Self.all(0x80)
    }

    /// How many bytes stand before the first one of a mask; 8 where it has none.
    @inlinable @inline(__always)
    static func count(before mask: UInt64) -> Int { mask.trailingZeroBitCount >> 3 }

    /// The number that the first `count` bytes make, which must be digits; 0 for none.
    @inlinable @inline(__always)
    func number(ofFirst count: Int) -> UInt64 {
        // The digits move up, zeros stand before them; twice, because 64 is no shift.
        let unused = UInt64(truncatingIfNeeded: 8 &- count) &* 8
        var value = ((word ^ Self.all(0x30)) &<< (unused >> 1)) &<< (unused &- unused >> 1)
        value = value &* 10 &+ value >> 8
        let even = (value & 0x0000_00FF_0000_00FF) &* 0x000F_4240_0000_0064
        let odd = (value >> 16 & 0x0000_00FF_0000_00FF) &* 0x0000_2710_0000_0001
        return (even &+ odd) >> 32
    }

    /// 10 to the power of 0 to 8.
    @inlinable @inline(__always)
    static func powerOfTen(_ exponent: Int) -> UInt64 {
        switch exponent {
        case 0: 1
        case 1: 10
        case 2: 100
        case 3: 1_000
        case 4: 10_000
        case 5: 100_000
        case 6: 1_000_000
        case 7: 10_000_000
        default: 100_000_000
        }
    }
}

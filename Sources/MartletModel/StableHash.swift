// A running hash that is the same on every machine, in every build and in every run.

/// A running 64-bit hash of integers, for effect hashes and state hashes (not for security).
///
/// Each value is mixed by one multiply-xorshift round (constants of SplitMix64, Steele, Lea and
/// Flood 2014), so order matters and nothing depends on per-process seeds.
@frozen public struct StableHash: Hashable, Sendable {
    /// The hash so far.
    public private(set) var value: UInt64

    /// An empty hash.
    public init() { value = 0x9E37_79B9_7F4A_7C15 }

    /// Adds one integer.
    public mutating func add(_ number: Int64) { add(UInt64(bitPattern: number)) }

    /// Adds one unsigned integer.
    public mutating func add(_ number: UInt64) {
        var mixed = (value ^ number) &+ 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        value = mixed ^ (mixed >> 31)
    }

    /// 16 hexadecimal digits.
    public var text: String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
}

// The checksum that OKX's books carried until June 2026: for recordings from before.

import MartletModel

/// CRC-32 (IEEE) over the best 25 levels of each side, as the venue wrote them.
///
/// The texts are `bid price:bid size:ask price:ask size` level by level, a side that is shorter
/// left out, all joined by colons. Source: the venue's documentation of its book channels.
public enum OKXChecksum {
    /// How many levels of each side count.
    public static let levels = 25

    /// The checksum of the joined texts.
    public static func value(joined texts: UnsafeBufferPointer<UInt8>) -> Int32 {
        var crc = CRC32()
        crc.add(texts)
        return Int32(bitPattern: crc.value)
    }

    /// The checksum of these levels, best first; each a price and a size, digit for digit.
    public static func value(
        bids: some Collection<(price: String, size: String)>,
        asks: some Collection<(price: String, size: String)>
    ) -> Int32 {
        var crc = CRC32()
        var isFirst = true
        func add(_ level: (price: String, size: String)) {
            if !isFirst { crc.add(UInt8(ascii: ":")) }
            isFirst = false
            for byte in level.price.utf8 { crc.add(byte) }
            crc.add(UInt8(ascii: ":"))
            for byte in level.size.utf8 { crc.add(byte) }
        }
        var bid = bids.makeIterator()
        var ask = asks.makeIterator()
        for _ in 0..<levels {
            if let level = bid.next() { add(level) }
            if let level = ask.next() { add(level) }
        }
        return Int32(bitPattern: crc.value)
    }
}

/// CRC-32 with the polynomial of IEEE 802.3, bits reflected; eight bytes at a time where there are
/// many.
struct CRC32 {
    private var state: UInt32 = .max
    /// The checksum of the bytes so far.
    var value: UInt32 { ~state }

    mutating func add(_ byte: UInt8) {
        state = CRC32.tables[Int(UInt8(truncatingIfNeeded: state) ^ byte)] ^ state >> 8
    }

    mutating func add(_ bytes: UnsafeBufferPointer<UInt8>) {
        let tables = CRC32.tables
        var state = state
        var index = 0
        while index + 8 <= bytes.count {
            var word: UInt64 = 0
            for place in 0..<8 { word |= UInt64(bytes[index + place]) << UInt64(place * 8) }
            word ^= UInt64(state)
            state = 0
            for place in 0..<8 {
                let byte = Int(UInt8(truncatingIfNeeded: word >> UInt64(place * 8)))
                state ^= tables[(7 - place) * 256 + byte]
            }
            index += 8
        }
        while index < bytes.count {
            state = tables[Int(UInt8(truncatingIfNeeded: state) ^ bytes[index])] ^ state >> 8
            index += 1
        }
        self.state = state
    }

    /// Table k: what a byte does to the state when k further bytes of zero follow it. Made once,
    /// never changed, never freed.
    nonisolated(unsafe) private static let tables: UnsafePointer<UInt32> = {
        let tables = UnsafeMutablePointer<UInt32>.allocate(capacity: 8 * 256)
        for index in 0..<256 {
            tables[index] = (0..<8).reduce(UInt32(index)) { value, _ in
                value & 1 == 1 ? 0xEDB8_8320 ^ value >> 1 : value >> 1
            }
        }
        for index in 256..<(8 * 256) {
            let before = tables[index - 256]
            tables[index] = tables[Int(before & 255)] ^ before >> 8
        }
        return UnsafePointer(tables)
    }()
}

/// A book that keeps the venue's texts, for checking its checksums.
///
/// Sorted arrays: right for the 400 levels of one channel, and for recordings, not for speed.
public struct OKXChecksumBook: Sendable {
    private struct Level: Sendable {
        let price: ExactDecimal
        let text: (price: String, size: String)
    }

    private var bids: [Level] = []
    private var asks: [Level] = []

    /// An empty book.
    public init() {}

    /// Replaces the book or changes it, as the event says.
    ///
    /// - Parameter levels: The levels of the batch that the event came in.
    /// - Returns: The checksum of the book after it; nil where a price does not fit.
    public mutating func apply(
        _ event: BookEvent, _ levels: UnsafeBufferPointer<BookLevel>
    ) -> Int32? {
        if event.isSnapshot {
            bids.removeAll(keepingCapacity: true)
            asks.removeAll(keepingCapacity: true)
        }
        for index in event.bids.indices {
            guard Self.change(&bids, levels[index], isBid: true) else { return nil }
        }
        for index in event.asks.indices {
            guard Self.change(&asks, levels[index], isBid: false) else { return nil }
        }
        return OKXChecksum.value(
            bids: bids.prefix(OKXChecksum.levels).map(\.text),
            asks: asks.prefix(OKXChecksum.levels).map(\.text))
    }

    private static func change(
        _ side: inout [Level], _ level: BookLevel, isBid: Bool
    ) -> Bool {
        guard let price = level.price.value else { return false }
        var low = 0
        var high = side.count
        while low < high {
            let middle = (low + high) / 2
            let isBefore = isBid ? less(price, side[middle].price) : less(side[middle].price, price)
            if isBefore { low = middle + 1 } else { high = middle }
        }
        let isThere = low < side.count && side[low].price.isEqual(to: price)
        guard level.quantity.isPositive else {
            if isThere { side.remove(at: low) }
            return true
        }
        let new = Level(price: price, text: (level.price.text, level.quantity.text))
        if isThere { side[low] = new } else { side.insert(new, at: low) }
        return true
    }

    private static func less(_ left: ExactDecimal, _ right: ExactDecimal) -> Bool {
        let scale = max(left.scale, right.scale)
        return Int128(left.mantissa) * Int128(powerOfTen(scale - left.scale))
            < Int128(right.mantissa) * Int128(powerOfTen(scale - right.scale))
    }
}

// Decides which messages belong to the wanted instrument, and remembers what else there is.

import MartletModel
import MartletVenues

/// The wanted symbol, and the other ones that a capture names.
struct SymbolSelection {
    /// At most this many other instruments are remembered.
    static let othersMax = 1000

    private let wanted: [UInt8]
    private var hashes: Set<UInt64> = []
    /// Other instruments in the order in which they were met.
    private(set) var others: [String] = []
    /// Whether a message has named the wanted instrument.
    private(set) var hasMatched = false

    /// Selects by symbol; case does not matter.
    init(_ symbol: String) { wanted = Array(symbol.utf8) }

    /// Whether the symbol is the wanted one.
    @inline(__always)
    mutating func matches(_ symbol: TextSlice) -> Bool {
        if symbol.equals(wanted, foldingCase: true) {
            hasMatched = true
            return true
        }
        remember(symbol)
        return false
    }

    /// Whether a symbol that does not stand in the message is the wanted one.
    mutating func matches(_ symbol: [UInt8]) -> Bool {
        symbol.withUnsafeBufferPointer { bytes in
            guard let start = bytes.baseAddress else { return false }
            return matches(TextSlice(start: start, count: bytes.count, hasEscapes: false))
        }
    }

    /// The symbol that a stream name starts with: `btcusdt` of `btcusdt@depth5`.
    func symbol(ofStream stream: TextSlice) -> TextSlice {
        let count = stream.bytes.firstIndex(of: UInt8(ascii: "@")) ?? stream.count
        return TextSlice(start: stream.start, count: count, hasEscapes: false)
    }

    @inline(never)
    private mutating func remember(_ symbol: TextSlice) {
        guard others.count < Self.othersMax else { return }
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in symbol.bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        guard hashes.insert(hash).inserted else { return }
        others.append(symbol.string.uppercased())
    }

    /// The failure for a capture that does not have the instrument, or has nothing at all.
    func notFound(_ symbol: String, in sources: [String], lines: Int64) -> Failure {
        let place = sources.joined(separator: ", ")
        if lines == 0 {
            return Failure(.integrity, "\(place): holds no lines; fetch it again")
        }
        guard !others.isEmpty else {
            return Failure(
                .notFound,
                "\(place): no message of \(symbol), nor of any other instrument; "
                    + "check --instrument, --format, --from and --to")
        }
        let shown = others.prefix(20).joined(separator: ", ")
        let rest = others.count > 20 ? " and \(others.count - 20) more" : ""
        return Failure(
            .notFound,
            "\(place): no message of \(symbol); there are \(shown)\(rest): choose one "
                + "with --instrument")
    }
}

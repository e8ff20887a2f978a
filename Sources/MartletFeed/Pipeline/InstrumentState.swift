// What a pipeline keeps per instrument, found by the bytes of its name.

import MartletModel
import MartletVenues

/// Book, pace and state of one instrument on one connection.
final class InstrumentState {
    let name: String
    let bytes: [UInt8]
    /// The trades delivered lately, by whatever connection; looked up with the first one.
    private(set) lazy var trades: TradeMemory = memories[name]
    private let memories: TradeMemories
    /// The venue's time of the first trade that this connection brought; ns.
    var firstTradeTime: Int64?
    /// The message that each channel was last heard with, by its place.
    var heardFrames: [Int64]
    var keeper: BookKeeper?
    /// What is known of it by tickers that say only what has changed; nil while there was none.
    var ticker: MergedTicker?
    /// By the channel's place in ``FeedChannel/allCases``.
    var watches: [ChannelWatch?]
    /// Which channels are subscribed to, one bit each by ``FeedChannel/place``.
    var wanted: UInt16 = 0
    /// What was last said of each channel.
    var states: [FeedState?]

    init(name: String, _ memories: TradeMemories) {
        self.name = name
        bytes = Array(name.utf8)
        self.memories = memories
        watches = Array(repeating: nil, count: FeedChannel.allCases.count)
        states = watches.map { _ in nil }
        heardFrames = watches.map { _ in -1 }
    }
}

extension FeedChannel {
    /// The channel's place in ``allCases``.
    var place: Int {
        switch self {
        case .trades: 0
        case .l2: 1
        case .bbo: 2
        case .bars: 3
        case .funding: 4
        case .markPrice: 5
        case .indexPrice: 6
        case .openInterest: 7
        case .liquidations: 8
        case .instruments: 9
        case .status: 10
        case .fills: 11
        case .orders: 12
        case .positions: 13
        case .balances: 14
        }
    }
}

/// The instruments of a connection by name, without making a text for each message.
struct InstrumentTable {
    /// The most instruments a connection keeps state of.
    static let capacity = 20_000

    private(set) var states: [InstrumentState] = []
    /// Places in `states` by hash, −1 where free; at least half of them are free.
    private var slots: [Int32] = Array(repeating: -1, count: 64)
    private var latest = 0

    /// The instrument with this name, or nil where there is none yet.
    mutating func find(_ name: UnsafeBufferPointer<UInt8>) -> InstrumentState? {
        if latest < states.count, Self.equal(states[latest].bytes, name) { return states[latest] }
        var slot = Self.hash(name) & (slots.count - 1)
        while slots[slot] >= 0 {
            let place = Int(slots[slot])
            if Self.equal(states[place].bytes, name) {
                latest = place
                return states[place]
            }
            slot = (slot + 1) & (slots.count - 1)
        }
        return nil
    }

    /// The instrument with this name, or nil where there is none yet.
    mutating func find(named name: String) -> InstrumentState? {
        var name = name
        return name.withUTF8 { find($0) }
    }

    /// Adds an instrument; nil where there are too many.
    mutating func add(_ name: String, _ memories: TradeMemories) -> InstrumentState? {
        guard states.count < Self.capacity else { return nil }
        let state = InstrumentState(name: name, memories)
        states.append(state)
        if states.count * 2 > slots.count {
            slots = Array(repeating: -1, count: slots.count * 2)
            for place in states.indices { enter(place) }
        } else {
            enter(states.count - 1)
        }
        return state
    }

    private mutating func enter(_ place: Int) {
        var slot = states[place].bytes.withUnsafeBufferPointer { Self.hash($0) }
        slot &= slots.count - 1
        while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
        slots[slot] = Int32(place)
    }

    private static func equal(_ known: [UInt8], _ name: UnsafeBufferPointer<UInt8>) -> Bool {
        guard known.count == name.count else { return false }
        for index in 0..<known.count where known[index] != name[index] { return false }
        return true
    }

    /// A number that differs between most names, eight bytes at a time.
    private static func hash(_ name: UnsafeBufferPointer<UInt8>) -> Int {
        let bytes = UnsafeRawBufferPointer(name)
        var hash = UInt64(name.count)
        var index = 0
        while index + 8 <= bytes.count {
            hash = mixed(hash ^ bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self))
            index += 8
        }
        var rest: UInt64 = 0
        while index < bytes.count {
            rest = rest << 8 | UInt64(bytes[index])
            index += 1
        }
        return Int(truncatingIfNeeded: mixed(hash ^ rest) >> 1)
    }

    @inline(__always)
    private static func mixed(_ value: UInt64) -> UInt64 {
        let product = value.multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
        return product.low ^ product.high
    }
}

/// The trades of a venue by instrument, shared by all connections that carry them.
public final class TradeMemories {
    private var memories: [String: TradeMemory] = [:]

    /// Nothing is remembered.
    public init() {}

    /// How many instruments have one.
    public var count: Int { memories.count }

    /// The memory of one instrument.
    public subscript(instrument: String) -> TradeMemory {
        if let known = memories[instrument] { return known }
        let fresh = TradeMemory()
        memories[instrument] = fresh
        return fresh
    }
}

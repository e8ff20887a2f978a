// What a pipeline keeps per instrument, found by the bytes of its name.

import MartletModel
import MartletVenues

/// Book, pace and state of one instrument on one connection. Only its pipeline touches it, one
/// thing at a time, so accesses are not checked for overlap at run time.
final class InstrumentState {
    let name: String
    let bytes: [UInt8]
    /// The trades delivered lately, by whatever connection; looked up with the first one.
    private(set) lazy var trades: TradeMemory = memories[name]
    private let memories: TradeMemories
    /// The venue's time of the first trade that this connection brought; ns.
    var firstTradeTime: Int64?
    /// The message that each channel was last heard with, by its place.
    @exclusivity(unchecked) var heardFrames: [Int64]
    @exclusivity(unchecked) var keeper: BookKeeper?
    /// What is known of it by tickers that say only what has changed; nil while there was none.
    var ticker: MergedTicker?
    /// By the channel's place in ``FeedChannel/allCases``.
    @exclusivity(unchecked) var watches: [ChannelWatch?]
    /// Which channels are subscribed to, one bit each by ``FeedChannel/place``.
    var wanted: UInt16 = 0
    /// What was last said of each channel.
    @exclusivity(unchecked) var states: [FeedState?]

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
    private var places: [UInt64: Int] = [:]
    private var latest = 0

    /// The instrument with this name, or nil where there is none yet.
    mutating func find(_ name: UnsafeBufferPointer<UInt8>) -> InstrumentState? {
        if latest < states.count, Self.equal(states[latest].bytes, name) { return states[latest] }
        var hash = Self.hash(name)
        while let place = places[hash] {
            if Self.equal(states[place].bytes, name) {
                latest = place
                return states[place]
            }
            hash &+= 1
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
        var hash = state.bytes.withUnsafeBufferPointer { Self.hash($0) }
        while places[hash] != nil { hash &+= 1 }
        places[hash] = states.count
        states.append(state)
        return state
    }

    private static func equal(_ known: [UInt8], _ name: UnsafeBufferPointer<UInt8>) -> Bool {
        guard known.count == name.count else { return false }
        for index in 0..<known.count where known[index] != name[index] { return false }
        return true
    }

    private static func hash(_ name: UnsafeBufferPointer<UInt8>) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in name { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        return hash
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

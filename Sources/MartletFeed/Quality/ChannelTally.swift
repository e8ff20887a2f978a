// What passed on one channel of a capture: how much, and how long it was silent.

import MartletModel
import MartletVenues

/// Counts of one channel over all its instruments.
struct ChannelTally {
    /// Waits longer than this count as silences; ns.
    static let silenceMin: Int64 = 5_000_000_000

    /// Messages with at least one event of the channel.
    private(set) var messages: Int64 = 0
    /// Events.
    private(set) var events: Int64 = 0
    /// Waits longer than ``silenceMin``.
    private(set) var silences: Int64 = 0
    /// Time within such waits, ns.
    private(set) var silentNanoseconds: Int64 = 0
    /// The longest wait, ns.
    private(set) var longestSilence: Int64 = 0
    private var lastMessage: Int64 = -1
    private var lastTime: Int64?

    /// An event of message number `message`, received at `time`. Answers to requests come when they
    /// are asked for: what passes between them is no silence.
    mutating func event(ofMessage message: Int64, isAnswer: Bool, at time: Int64) {
        events += 1
        guard message != lastMessage else { return }
        lastMessage = message
        messages += 1
        guard !isAnswer else { return }
        wait(until: time)
        lastTime = time
    }

    /// The end of the capture, where the channel was silent since its last message.
    mutating func end(at time: Int64) { wait(until: time) }

    private mutating func wait(until time: Int64) {
        guard let lastTime, time > lastTime else { return }
        // Both are at least 0, so the difference fits.
        let silence = time - lastTime
        longestSilence = max(longestSilence, silence)
        guard silence > Self.silenceMin else { return }
        silences += 1
        silentNanoseconds = silentNanoseconds.addingReportingOverflow(silence).partialValue
    }
}

/// The last few trade ids of an instrument, to tell repeats.
struct RecentTrades {
    /// How many are remembered.
    static let capacity = 256

    private var ring: [UInt64] = []
    private var known: Set<UInt64> = []
    private var next = 0

    /// Whether the id was seen among the last ones; remembers it.
    mutating func repeats(_ id: UInt64) -> Bool {
        guard known.insert(id).inserted else { return true }
        if ring.count < Self.capacity {
            ring.append(id)
        } else {
            known.remove(ring[next])
            ring[next] = id
            next = (next + 1) % Self.capacity
        }
        return false
    }
}

/// A name's hash, FNV-1a over its bytes: for tables that only have to tell names apart.
func nameHash(_ text: TextSlice?, _ salt: UInt64 = 0) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325 ^ salt
    guard let text else { return hash }
    for byte in text.bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    return hash
}

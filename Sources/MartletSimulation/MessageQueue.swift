// Messages on their way, in order: first in, first out, each with the time it arrives.

/// A queue whose messages never overtake one another: each arrives at its own time or with the last
/// one queued before it, whichever is later. Grows when it must and keeps its room.
struct MessageQueue<Message> {
    private var messages: [(time: Int64, message: Message)] = []
    private var head = 0

    /// When the first message arrives, or the end of time.
    private(set) var nextTime = Int64.max

    init() { messages.reserveCapacity(64) }

    /// The arrival time that a message for `time` has when it is appended now.
    func arrival(for time: Int64) -> Int64 {
        head < messages.count ? max(time, messages[messages.count - 1].time) : time
    }

    mutating func append(_ message: Message, at time: Int64) {
        let arrival = arrival(for: time)
        messages.append((arrival, message))
        if nextTime == Int64.max { nextTime = arrival }
    }

    mutating func popFirst() -> (time: Int64, message: Message)? {
        guard head < messages.count else { return nil }
        let first = messages[head]
        head += 1
        if head == messages.count {
            messages.removeAll(keepingCapacity: true)
            head = 0
            nextTime = Int64.max
        } else {
            if head > 1024, head * 2 > messages.count {
                messages.removeSubrange(0..<head)
                head = 0
            }
            nextTime = messages[head].time
        }
        return first
    }
}

// What the engine keeps of one connection besides the protocol's session: queues, pings, limits.

import MartletModel

/// One connection's queues and times; all times are monotonic ns.
struct SessionState {
    /// The protocol's part.
    var session: VenueSession
    /// Messages that wait, with the time at which they leave.
    var queue: [(time: Int64, frame: ServerFrame, fragment: Int)] = []
    /// Messages of the client that are read late.
    var unread: [(time: Int64, message: ClientMessage)] = []
    /// A message per stream that waits for its successor.
    var swapped: [String: ServerFrame] = [:]
    /// When the server last sent a ping frame.
    var pingedAt: Int64
    /// When the first ping frame without answer yet was sent.
    var unansweredSince: Int64?
    /// The window of the message limit.
    var windowEnd: Int64 = 0
    /// Messages in the window.
    var messages: Int64 = 0
    /// When an announced shutdown ends it.
    var endsAt: Int64?

    init(_ session: VenueSession) {
        self.session = session
        pingedAt = session.openedAt
    }

    /// When something waits to be done next.
    var nextTime: Int64? {
        [queue.first?.time, unread.first?.time, endsAt].compactMap { $0 }.min()
    }
}

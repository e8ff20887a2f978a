// One socket of a link: how far it is, what waits to be sent, when it was heard.

import MartletVenues

/// What waits to be sent on a socket.
enum Outgoing: Hashable, Sendable {
    case subscribe([Topic])
    /// `isFinal` where no new subscription to them follows.
    case unsubscribe([Topic], isFinal: Bool)
    /// Texts one after the other, as the budget allows.
    case texts([String], isSubscription: Bool)
}

/// One socket, as the link sees it.
struct LinkSocket: Sendable {
    enum Phase: Sendable { case opening, greeting, authenticating, ready }

    let number: Int
    var phase = Phase.opening
    /// When the phase has to be over; nil in the last one.
    var phaseEnd: Int64?
    var openedAt: Int64 = 0
    var lastHeard: Int64 = 0
    var lastPing: Int64 = 0
    /// When the ping that is not answered yet was sent.
    var pingSent: Int64?
    /// Whether it brought an event that was asked for.
    var hasDelivered = false
    /// Whether the venue refused our keys on it.
    var isRefused = false
    /// When the venue's lifetime makes a successor necessary.
    var renewAt: Int64?
    var outgoing: [Outgoing] = []
    /// When the first of ``outgoing`` may be sent; nil while nothing hinders it.
    var sendAt: Int64?
    /// Subscriptions that were not answered yet, by the id of their first request.
    var unanswered: [(id: Int64, topics: [Topic], answers: Int)] = []

    /// Topics that speak only when something happens, and that the venue has acknowledged.
    var acknowledged: Set<Topic> = []

    init(number: Int) { self.number = number }

    var isOpen: Bool { phase != .opening }
}

// Where a pipeline delivers: a writer, a counter, a strategy's market.

public import MartletVenues

/// Takes what may be relied on, in order. Called on one thread.
public protocol FeedSink: AnyObject {
    /// An event of a message; the batch is valid during the call.
    func event(_ index: Int, of batch: borrowing EventBatch, _ context: EnvelopeContext)
    /// A record of the stream itself, concerning `channel` of the context's instrument, or the
    /// whole connection where that is nil.
    func record(_ record: FeedRecord, channel: FeedChannel?, _ context: EnvelopeContext)
    /// Something for the person who runs the feed; no part of the stream.
    func note(_ text: String)
}

/// What a control message said, kept beyond its frame.
public enum LinkControl: Hashable, Sendable {
    /// The venue greets.
    case welcome
    /// Authentication went well.
    case authenticated
    /// A subscription stands.
    case subscribed(id: String?, topic: String?)
    /// A subscription ended on request.
    case unsubscribed
    /// The venue refuses something.
    case refused(id: String?, code: String?, reason: String?)
    /// The answer to our ping.
    case pong
    /// The venue's ping, to be answered with this text.
    case ping(answer: String)
    /// The venue will close the connection.
    case closing(reason: String?)
    /// Too many requests; `retryAfter` in ns where the venue says it.
    case limited(reason: String?, retryAfter: Int64?)
    /// The venue's clock, ns.
    case serverTime(Int64)
    /// Of no consequence.
    case other

    init(_ message: ControlMessage) {
        switch message {
        case .welcome: self = .welcome
        case .authenticated: self = .authenticated
        case .subscribed(let id, let topic):
            self = .subscribed(id: id?.string, topic: topic?.string)
        case .unsubscribed: self = .unsubscribed
        case .refused(let id, let code, let reason):
            self = .refused(id: id?.string, code: code?.string, reason: reason?.string)
        case .pong: self = .pong
        case .ping(let answer): self = .ping(answer: answer)
        case .closing(let reason): self = .closing(reason: reason?.string)
        case .limited(let code, let reason, let retryAfter):
            let nanoseconds = retryAfter.map {
                $0.multipliedReportingOverflow(by: 1_000_000_000)
            }
            self = .limited(
                reason: reason?.string ?? code?.string,
                retryAfter: nanoseconds.map { $0.overflow ? Int64.max : $0.partialValue })
        case .serverTime(let time): self = .serverTime(time)
        case .other: self = .other
        }
    }
}

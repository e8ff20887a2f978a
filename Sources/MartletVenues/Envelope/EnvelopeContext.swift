// What every envelope says besides its event: which venue, connection and message, and when.

public import MartletModel

/// Where a message came from: the same for all envelopes of the message.
public struct EnvelopeContext: Sendable {
    /// The venue's full id.
    public var venue: VenueID
    /// The number of the connection within the run, from 1.
    public var connection: Int64
    /// The number of the message on its connection, from 1; for a record of the stream itself the
    /// message before it, 0 where there was none.
    public var sequence: Int64
    /// When the message was read, ns since the epoch.
    public var receiveTime: Int64
    /// The instrument of events that name none and are of one instrument.
    public var instrument: String?

    /// A context from its facts.
    public init(
        venue: VenueID, connection: Int64, sequence: Int64, receiveTime: Int64,
        instrument: String? = nil
    ) {
        self.venue = venue
        self.connection = connection
        self.sequence = sequence
        self.receiveTime = receiveTime
        self.instrument = instrument
    }
}

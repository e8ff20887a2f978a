// Where raw frames go besides the pipeline: the recorder, or nowhere.

public import MartletModel

/// Sees every frame and every fact of every connection, in order of arrival, before the pipeline.
public protocol FrameObserver: AnyObject {
    /// A message arrived. `time` is the receive time, ns since the epoch. For the answer to a
    /// request, `request` is method, path and body (``MartletVenues/VenueRequest/summary``).
    func frame(
        _ bytes: UnsafeBufferPointer<UInt8>, isBinary: Bool, request: String?,
        of connection: ConnectionID, at time: Int64)
    /// Something that is no message happened: `word` is `connected`, `sent`, `gap`, `resync`,
    /// `disconnected`; `json` is an object with the details.
    func fact(_ word: String, _ json: String, of connection: ConnectionID, at time: Int64)
}

/// One connection of a feed: a venue and a number that is never used twice in a run.
public struct ConnectionID: Hashable, Sendable {
    /// The venue's id, such as `okx`.
    public let venue: VenueID
    /// Counts from 1 within the run.
    public let number: Int

    /// A connection by venue and number.
    public init(venue: VenueID, number: Int) {
        self.venue = venue
        self.number = number
    }
}

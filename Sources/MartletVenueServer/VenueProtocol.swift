// What the local venue server knows of one venue: its own paths, words and rules, server side.

public import MartletModel

/// A venue's protocol from the venue's side. Pure: requests in, answers out; sockets, clocks and
/// the market are the server's.
public protocol VenueProtocol: Sendable {
    /// Which venue it speaks for.
    var venue: VenueID { get }
}

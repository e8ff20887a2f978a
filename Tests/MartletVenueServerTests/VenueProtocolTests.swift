// A protocol speaks for one venue.

import MartletModel
import MartletVenueServer
import Testing

@Suite("Venue protocol")
struct VenueProtocolTests {
    private struct Silent: VenueProtocol { let venue = VenueID.okx }

    @Test("names its venue")
    func venue() { #expect(Silent().venue.name == "okx") }
}

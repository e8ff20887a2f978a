// A race that scripts/check-threads must find, or it would find none.

import Glibc
import MartletNetwork
import Testing

@Suite("Planted race", .enabled(if: getenv("MARTLET_PLANT_RACE") != nil))
struct PlantedRaceTests {
    /// Unchecked, and rightly not believed: written by two threads without any order.
    private final class Shared: @unchecked Sendable { var plantedRace = 0 }

    @Test("two threads write one number")
    func race() throws {
        let threads = [try ReactorThread(), try ReactorThread()]
        // The sanitizer remembers only the latest accesses: one race may escape, fifty do not.
        for _ in 0..<50 {
            let shared = Shared()
            // Each is told by this thread, and neither by the other: whichever runs first, nothing
            // orders the two.
            for thread in threads { thread.reactor.post { shared.plantedRace += 1 } }
            for thread in threads { #expect(thread.call { _ in true }) }
            #expect(shared.plantedRace > 0)
        }
        for thread in threads { thread.stop() }
    }
}

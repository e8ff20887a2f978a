// Damage on the wire never reaches a consumer as a live book: every venue, every kind, many seeds.

import MartletFeed
import MartletModel
import MartletVenueServer
import MartletVenues
import Testing

@Suite("Injected damage")
struct InjectedDamageTests {
    /// Venues with a book.
    static let venues: [VenueID] = VenueID.all.filter { venue in
        guard let source = VenueCatalog.adapter(for: venue)?.profile.bookSource else {
            return false
        }
        return source != .none && VenueProtocols.make(venue) != nil
    }

    /// Venues that number their messages, so that a hole can be seen.
    static let numbered = venues.filter { venue in
        switch VenueCatalog.adapter(for: venue)?.profile.bookSource {
        case .requested(let numbering), .streamed(let numbering): numbering != .none
        default: false
        }
    }

    /// Faults that a numbered venue's stream gives away.
    static let kinds: [FaultKind] = [
        .gap, .duplicate, .swap, .sequenceReset, .truncatedPayload, .crossedBook,
    ]

    @Test("a clean stream raises no alarm and both readers agree", arguments: venues)
    func raisesNoAlarm(venue: VenueID) throws {
        for seed in UInt64(1)...2 {
            let bench = try DamageBench(venue, seed: seed, rules: [])
            bench.run(15_000_000_000)
            #expect(bench.damaged.witness.gaps == 0, "seed \(seed)")
            #expect(bench.damaged.witness.crossed == 0, "seed \(seed)")
            #expect(bench.damaged.witness.untrusted == 0, "seed \(seed)")
            #expect(bench.wrong == 0, "seed \(seed)")
            #expect(bench.damaged.witness.deliveries > 20, "seed \(seed)")
            #expect(bench.damaged.pipeline.errorCount == 0, "seed \(seed)")
            if Self.numbered.contains(venue) { #expect(bench.compared > 20, "seed \(seed)") }
        }
    }

    @Test("no delivered book is wrong, and the book heals", arguments: numbered, kinds)
    func heals(venue: VenueID, kind: FaultKind) throws {
        var struck = 0
        for seed in UInt64(1)...2 {
            var rule = FaultRule(kind, .everyMessages(15 + Int64(seed)))
            rule.channel = .book
            rule.count = 6
            let bench = try DamageBench(venue, seed: seed, rules: [rule])
            bench.run(30_000_000_000)
            let witness = bench.damaged.witness
            struck += bench.firings[kind.rawValue] ?? 0
            // A false level that does not cross yet looks like any other.
            if kind != .crossedBook {
                #expect(bench.wrong == 0, "seed \(seed): \(bench.wrong) of \(bench.compared)")
            }
            #expect(witness.crossed == 0, "seed \(seed)")
            #expect(witness.untrusted == 0, "seed \(seed)")
            if kind != .duplicate {
                #expect(witness.gaps > 0, "seed \(seed): \(bench.firings)")
            }
            for topic in bench.damaged.topics {
                #expect(
                    bench.damaged.pipeline.bookState(of: topic.symbol) == .live,
                    "seed \(seed) \(topic.symbol)")
            }
        }
        #expect(struck > 0)
    }

    @Test(
        "without numbers, no crossed book is delivered", arguments: venues,
        [
            FaultKind.crossedBook, .truncatedPayload, .gap, .swap, .duplicate,
        ])
    func staysUncrossed(venue: VenueID, kind: FaultKind) throws {
        guard !Self.numbered.contains(venue) else { return }
        for seed in UInt64(1)...2 {
            var rule = FaultRule(kind, .everyMessages(15 + Int64(seed)))
            rule.channel = .book
            rule.count = 6
            let bench = try DamageBench(venue, seed: seed, rules: [rule])
            bench.run(30_000_000_000)
            #expect(bench.damaged.witness.crossed == 0, "seed \(seed)")
            #expect(bench.damaged.witness.untrusted == 0, "seed \(seed)")
            for topic in bench.damaged.topics {
                #expect(
                    bench.damaged.pipeline.bookState(of: topic.symbol) == .live,
                    "seed \(seed) \(topic.symbol)")
            }
        }
    }
}

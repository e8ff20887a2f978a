// Which envelopes are wanted: by type and by instrument, in the words of the mux.

public import MartletModel
public import MartletVenues

/// Lets envelopes through by their type and instrument.
public struct EnvelopeFilter: Sendable {
    private let types: Set<String>
    private let instruments: [String]

    /// A filter; empty lists let everything through.
    ///
    /// - Parameters:
    ///   - types: Words of ``MuxFilter/allTypes``; each may be several, separated by commas.
    ///   - instruments: Names or patterns (`BTC*`); case does not matter.
    /// - Throws: usage for a type that does not exist.
    public init(types: [String] = [], instruments: [String] = []) throws(Failure) {
        var known: Set<String> = []
        for type in types.flatMap({ $0.split(separator: ",").map(String.init) }) {
            guard MuxFilter.allTypes.contains(type) else {
                throw Failure(
                    .usage,
                    "--type '\(type)' is none; there are "
                        + MuxFilter.allTypes.joined(separator: ", "))
            }
            known.insert(type)
        }
        self.types = known
        self.instruments = instruments.map { $0.uppercased() }
    }

    /// Whether everything passes.
    public var passesAll: Bool { types.isEmpty && instruments.isEmpty }

    /// Whether records of this type pass; those of a whole connection pass for any instrument.
    public func passes(record type: String, of instrument: String?) -> Bool {
        guard types.isEmpty || types.contains(type) else { return false }
        return instrument.map(passes) ?? true
    }

    /// Whether an event of a batch passes.
    public func passes(
        _ event: MarketEvent, of batch: borrowing EventBatch, _ context: EnvelopeContext
    ) -> Bool {
        if !types.isEmpty, !types.contains(event.envelopeType) { return false }
        guard !instruments.isEmpty else { return true }
        guard let name = event.instrument(in: batch) ?? context.instrument else { return false }
        return passes(name)
    }

    private func passes(_ instrument: String) -> Bool {
        guard !instruments.isEmpty else { return true }
        let name = instrument.uppercased()
        return instruments.contains { FeedSource.matches(name, pattern: $0) }
    }
}

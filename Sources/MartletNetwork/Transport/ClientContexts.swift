// One TLS settings object per trust, shared by a reactor's connections: loading a trust store takes
// milliseconds.

/// The settings that a reactor's clients use.
struct ClientContexts {
    private var contexts: [TLSOptions: TLSContext] = [:]

    /// The settings for a trust.
    mutating func context(_ options: TLSOptions) throws(NetworkFailure) -> TLSContext {
        if let known = contexts[options] { return known }
        let made = try TLSContext(client: options)
        // A program has one or two; tests have more.
        if contexts.count >= 32 { contexts.removeAll() }
        contexts[options] = made
        return made
    }
}

extension Reactor {
    /// The TLS settings for a trust, made at first use.
    func clientContext(_ options: TLSOptions) throws(NetworkFailure) -> TLSContext {
        try clientContexts.context(options)
    }
}

// The verbs of `feed`: market data, live, recorded and replayed.

/// The table of `feed`.
package enum FeedCommands {
    /// The verbs in the order of help.
    package static let verbs: [Verb] = [
        FeedMuxCommand.verb, FeedRecordCommand.verb, FeedReplayCommand.verb,
        FeedDecodeCommand.verb,
    ]
}

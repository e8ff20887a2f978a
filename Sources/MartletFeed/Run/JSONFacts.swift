// Facts of connections as small JSON objects, for the recorder.

import MartletStore

/// Writes the details of a fact.
enum JSONFacts {
    /// An object of texts.
    static func object(_ members: [(String, String)]) -> String {
        JSONText.object(members.map { ($0.0, .string($0.1)) }).line
    }
}

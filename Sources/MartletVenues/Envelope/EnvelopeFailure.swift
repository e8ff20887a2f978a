// What can be wrong with a line that should be an envelope: which field, what, and where.

/// A line that is no envelope of version 1. Carries none of the line's values.
public struct EnvelopeFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// The field, such as `data.price`; empty for the line as a whole.
    public let field: String
    /// What is wrong with it, in words.
    public let reason: String
    /// The offending byte, counted from 0 at the start of the line.
    public let offset: Int

    /// A failure of a field.
    public init(_ field: String, _ reason: String, at offset: Int) {
        self.field = field
        self.reason = reason
        self.offset = offset
    }

    /// Field, reason and place in words.
    public var description: String {
        (field.isEmpty ? "" : field + ": ") + "\(reason) at byte \(offset)"
    }
}

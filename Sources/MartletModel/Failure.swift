// What goes wrong at the edge of the program: said so that the user can act, with its exit code.

/// The kind of a failure; its raw value is the exit code of the command that meets it.
public enum FailureKind: Int32, CaseIterable, Sendable {
    /// Anything without a better name: permissions, directories in the way, full disks.
    case failure = 1
    /// A wrong or missing argument.
    case usage = 2
    /// A configuration file that cannot be used.
    case configuration = 3
    /// A file or instrument that is not there.
    case notFound = 4
    /// A venue or the network.
    case network = 5
    /// Something took too long.
    case timeout = 6
    /// A gate or the paper-only lock.
    case blocked = 7
    /// Denied by risk limits.
    case denied = 8
    /// Corrupt or tampered data, a violated invariant.
    case integrity = 9
    /// Interrupted by SIGINT.
    case interrupted = 130
}

/// A failure with all that is needed to act on it: what, where (file, line or offset, field), and
/// what to do. Never carries keys or signatures.
public struct Failure: Error, Hashable, Sendable, CustomStringConvertible {
    /// Decides the exit code.
    public let kind: FailureKind
    /// One or two sentences: what is wrong, where, and the remedy.
    public let message: String

    /// A failure to report.
    public init(_ kind: FailureKind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    /// The message.
    public var description: String { message }
}

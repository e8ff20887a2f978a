// Work on disk that an ending of the process must not cut in two.

public import MartletModel

/// While one exists, a signal that ends the process waits for it: see ``AtomicFile/leave(code:)``.
/// Keep it short, and ask ``check()`` between its steps.
public struct UncutWork: ~Copyable {
    /// Holds endings back; to be let go by the same thread.
    public init() { TemporaryRegistry.hold() }

    deinit { TemporaryRegistry.release() }

    /// Fails when an ending is waiting, so that the work can be undone.
    ///
    /// - Throws: ``FailureKind/interrupted``.
    public func check() throws(Failure) {
        if TemporaryRegistry.isEnding {
            throw Failure(.interrupted, "interrupted; nothing unfinished was kept")
        }
    }
}

// How the process ends early: on SIGINT, SIGTERM or a closed pipe, leaving no temporary files.

import Glibc
import MartletStore
import Synchronization

/// The ways out that are not the end of `main`.
package enum ProcessEnd {
    /// Removes every registered temporary file and ends the process at once.
    package static func leave(code: Int32) -> Never {
        AtomicFile.leave(code: code)
    }

    private static let handler = Mutex<(@Sendable (Int32) -> Void)?>(nil)

    /// Has the first SIGINT or SIGTERM call `handler` (on the signal thread) instead of ending the
    /// process: for commands that have something to finish. A second signal ends it as usual.
    package static func onSignal(_ handler: (@Sendable (_ signal: Int32) -> Void)?) {
        self.handler.withLock { $0 = handler }
    }

    private static func take() -> (@Sendable (Int32) -> Void)? {
        handler.withLock { handler in
            defer { handler = nil }
            return handler
        }
    }

    private static let hangupHandler = Mutex<(@Sendable () -> Void)?>(nil)

    /// Has every SIGHUP call `handler` (on the signal thread) instead of ending the process: for
    /// commands with lists to read again.
    package static func onHangup(_ handler: (@Sendable () -> Void)?) {
        hangupHandler.withLock { $0 = handler }
    }

    private static func hearHangup() -> Bool {
        guard let handler = hangupHandler.withLock({ $0 }) else { return false }
        handler()
        return true
    }

    private static let userHandler = Mutex<(@Sendable (Int32) -> Void)?>(nil)

    /// Has every SIGUSR1 and SIGUSR2 call `handler` (on the signal thread); without one they do
    /// nothing.
    package static func onUserSignal(_ handler: (@Sendable (_ signal: Int32) -> Void)?) {
        userHandler.withLock { $0 = handler }
    }

    private static func hearUser(_ signal: Int32) {
        if let handler = userHandler.withLock({ $0 }) { handler(signal) }
    }

    private static func watched() -> sigset_t {
        var signals = sigset_t()
        sigemptyset(&signals)
        for signal in [SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2] { sigaddset(&signals, signal) }
        return signals
    }

    /// Makes SIGINT end the process with 130 and SIGTERM with 0, both without temporary files, and
    /// turns a closed pipe and the file size limit into write errors.
    ///
    /// One thread waits for the signals, so that the cleaning up runs as ordinary code. To be called
    /// before any other thread is made: the signals are blocked everywhere else.
    package static func watchSignals() {
        signal(SIGPIPE, SIG_IGN)
        signal(SIGXFSZ, SIG_IGN)
        signal(SIGINT, SIG_DFL)
        signal(SIGTERM, SIG_DFL)
        var signals = watched()
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        var thread = pthread_t()
        let problem = pthread_create(
            &thread, nil,
            { _ in
                var signals = ProcessEnd.watched()
                var caught: Int32 = 0
                while true {
                    while sigwait(&signals, &caught) != 0 {}
                    if caught == SIGHUP {
                        guard ProcessEnd.hearHangup() else { ProcessEnd.leave(code: 129) }
                    } else if caught == SIGUSR1 || caught == SIGUSR2 {
                        ProcessEnd.hearUser(caught)
                    } else if let handler = ProcessEnd.take() {
                        handler(caught)
                    } else {
                        break
                    }
                }
                if caught == SIGINT {
                    let message = "\nmartlet: interrupted; nothing unfinished was kept\n"
                    _ = write(STDERR_FILENO, message, message.utf8.count)
                }
                ProcessEnd.leave(code: caught == SIGINT ? 130 : 0)
            }, nil)
        if problem == 0 {
            pthread_detach(thread)
        } else {
            pthread_sigmask(SIG_UNBLOCK, &signals, nil)
        }
    }
}

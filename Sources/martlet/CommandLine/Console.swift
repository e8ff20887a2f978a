// The program's two voices: data on standard output, everything else on standard error.

import Glibc
package import MartletModel
package import MartletStore

/// Where a command speaks. Made once, by the program's entry.
package struct Console: Sendable {
    /// Whether standard error is a terminal.
    package let errorIsTerminal: Bool

    /// The process's own streams.
    package init() { errorIsTerminal = isatty(STDERR_FILENO) == 1 }

    /// Writes data to standard output.
    ///
    /// A reader that has gone away is a wish to stop: the process ends well (exit 0), without
    /// temporary files.
    ///
    /// - Throws: a failure when the output cannot be written for another reason (a full disk).
    package func print(_ text: String) throws(Failure) {
        var text = text + "\n"
        let isRead = try Self.outcome(of: text.withUTF8 { Self.write($0, to: STDOUT_FILENO) })
        if !isRead { ProcessEnd.leave(code: 0) }
    }

    /// Writes bytes to standard output; false where its reader has gone away, which is a wish to
    /// stop.
    ///
    /// - Throws: a failure when the output cannot be written for another reason (a full disk).
    package func write(_ bytes: UnsafeBufferPointer<UInt8>) throws(Failure) -> Bool {
        try Self.outcome(of: Self.write(bytes, to: STDOUT_FILENO))
    }

    private static func outcome(of problem: Int32) throws(Failure) -> Bool {
        if problem == 0 { return true }
        if problem == EPIPE { return false }
        throw Failure(
            .failure,
            "standard output: \(String(cString: strerror(problem))); nothing more is written")
    }

    /// Writes one JSON value on one line to standard output.
    package func print(_ value: JSONText) throws(Failure) { try print(value.line) }

    /// Writes a line for people to standard error; a closed stream is no reason to stop.
    package func note(_ text: String) {
        show("martlet: " + text + "\n")
    }

    /// Writes raw text to standard error, for progress.
    package func show(_ text: String) {
        var text = text
        _ = text.withUTF8 { Self.write($0, to: STDERR_FILENO) }
    }

    /// Writes all bytes; returns 0 or the error number.
    private static func write(_ bytes: UnsafeBufferPointer<UInt8>, to descriptor: Int32) -> Int32 {
        var written = 0
        while written < bytes.count {
            let count = Glibc.write(
                descriptor, bytes.baseAddress! + written,  // not empty inside the loop
                bytes.count - written)
            if count >= 0 {
                written += count
            } else if errno == EAGAIN {
                // Whoever made the pipe may have made it non-blocking: wait for room.
                var wanted = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = poll(&wanted, 1, -1)
            } else if errno != EINTR {
                return errno
            }
        }
        return 0
    }
}

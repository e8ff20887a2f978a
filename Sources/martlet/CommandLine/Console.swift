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
        let problem = Self.write(text + "\n", to: STDOUT_FILENO)
        if problem == 0 { return }
        if problem == EPIPE { ProcessEnd.leave(code: 0) }
        throw Failure(
            .failure,
            "standard output: \(String(cString: strerror(problem))); nothing more is written")
    }

    /// Writes one JSON value on one line to standard output.
    package func print(_ value: JSONText) throws(Failure) { try print(value.line) }

    /// Writes a line for people to standard error; a closed stream is no reason to stop.
    package func note(_ text: String) {
        _ = Self.write("martlet: " + text + "\n", to: STDERR_FILENO)
    }

    /// Writes raw text to standard error, for progress.
    package func show(_ text: String) { _ = Self.write(text, to: STDERR_FILENO) }

    /// Writes all bytes; returns 0 or the error number.
    private static func write(_ text: String, to descriptor: Int32) -> Int32 {
        var text = text
        return text.withUTF8 { bytes in
            var written = 0
            while written < bytes.count {
                let count = Glibc.write(
                    descriptor, bytes.baseAddress! + written,  // not empty inside the loop
                    bytes.count - written)
                if count < 0 {
                    if errno == EINTR { continue }
                    return errno
                }
                written += count
            }
            return 0
        }
    }
}

// Programs that tests talk to: started on a free port, ended by their test.

import Glibc
import Testing

/// A child process whose standard output is read line by line.
final class ChildProcess {
    let identifier: pid_t
    private let output: Int32
    private var text: [UInt8] = []

    /// Starts a program; nil when it cannot be started.
    init?(_ arguments: [String]) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return nil }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        defer { posix_spawn_file_actions_destroy(&actions) }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // SIGPIPE is ignored here; children should have the default.
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGPIPE)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF))
        var words = arguments.map { strdup($0) }
        words.append(nil)
        defer { for word in words { free(word) } }
        var child = pid_t()
        let problem = posix_spawnp(&child, arguments[0], &actions, &attributes, words, environ)
        close(ends[1])
        guard problem == 0 else {
            close(ends[0])
            return nil
        }
        identifier = child
        output = ends[0]
    }

    deinit {
        kill(identifier, SIGKILL)
        var status: Int32 = 0
        waitpid(identifier, &status, 0)
        close(output)
    }

    /// The next line of its output; nil at the end, or after `seconds` without one.
    func line(seconds: Int32 = 20) -> String? {
        while true {
            if let end = text.firstIndex(of: 10) {
                let line = String(decoding: text[..<end], as: UTF8.self)
                text.removeFirst(end + 1)
                return line
            }
            var waiting = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
            guard poll(&waiting, 1, seconds * 1000) == 1 else { return nil }
            var block = [UInt8](repeating: 0, count: 4096)
            let count = read(output, &block, block.count)
            guard count > 0 else { return nil }
            text += block[..<count]
        }
    }

    /// The lines that are there, without waiting for more.
    func linesSoFar() -> [String] {
        var lines: [String] = []
        while let line = line(seconds: 0) { lines.append(line) }
        return lines
    }

    /// Waits for the end and gives the exit code; 256 plus the signal for a killed one.
    func exitCode() -> Int32 {
        var status: Int32 = 0
        while waitpid(identifier, &status, 0) < 0, errno == EINTR {}
        return status & 0x7F == 0 ? (status >> 8) & 0xFF : 256 + (status & 0x7F)
    }
}

/// The checkout's Python with the packages of `scripts/requirements.txt`.
enum Python {
    /// Its path; nil when `scripts/setup` has not been run.
    static let path: String? = {
        var folder = #filePath[...]
        for _ in 0..<3 { folder = folder[..<(folder.lastIndex(of: "/") ?? folder.startIndex)] }
        let path = folder + "/.venv/bin/python"
        return access(String(path), X_OK) == 0 ? String(path) : nil
    }()

    /// Whether tests against Python clients and servers can run; they say so when not.
    static var isThere: Bool {
        if path == nil { print("skipped: no .venv; run scripts/setup") }
        return path != nil
    }

    /// Runs a script of `Tests/Data/websockets`.
    static func start(_ script: String, _ arguments: [String]) -> ChildProcess? {
        var folder = #filePath[...]
        for _ in 0..<2 { folder = folder[..<(folder.lastIndex(of: "/") ?? folder.startIndex)] }
        guard let path else { return nil }
        return ChildProcess([path, "\(folder)/Data/websockets/\(script)"] + arguments)
    }
}

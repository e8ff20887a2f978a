// A local venue server as a child process, for tests of commands that need a venue.

import Glibc

/// `venue serve` on a synthetic market; ended with the value.
final class ServedVenue {
    /// The plain port.
    let port: Int
    private let running: RunningProgram

    /// Starts a server and waits for its port.
    init(_ venue: String, _ arguments: [String] = []) throws {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw TestProblem(message: "no pipe") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        running = try RunningProgram.start(
            ["venue", "serve", venue, "--synthetic", "--seed", "3", "--port", "0", "--print-port"]
                + arguments, outputTo: ends[1])
        close(ends[1])
        defer { close(ends[0]) }
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while read(ends[0], &byte, 1) == 1, byte != UInt8(ascii: "\n") { line.append(byte) }
        let text = String(decoding: line, as: UTF8.self)
        // {"venue":"okx","port":40123,…}
        let digits = text.split(separator: "\"port\":", maxSplits: 1).last?.prefix { $0.isNumber }
        guard let digits, let port = Int(digits) else {
            throw TestProblem(message: "no port: \(text)")
        }
        self.port = port
    }

    deinit {
        running.send(SIGTERM)
        _ = running.finish()
    }
}

/// A file system of a few hundred kB, mounted for one test. Needs the rights to mount.
struct SmallDisk {
    let folder: TemporaryFolder

    /// Whether this process may mount; tests that cannot say so.
    static let isPossible: Bool = {
        guard let disk = try? SmallDisk(kilobytes: 64) else {  // the reason does not matter
            print("skipped: a file system of its own needs the right to mount")
            return false
        }
        disk.remove()
        return true
    }()

    init(kilobytes: Int) throws {
        folder = try TemporaryFolder()
        let mounted = try RunningProgram.shell(
            "mount -t tmpfs -o size=\(kilobytes)k,mode=700 tmpfs '\(folder.path)'")
        guard mounted.code == 0 else {
            folder.remove()
            throw TestProblem(message: mounted.errors)
        }
    }

    /// Unmounts it.
    func remove() {
        _ = try? RunningProgram.shell("umount '\(folder.path)'")  // nothing can be done about it
        folder.remove()
    }
}

// A stream of messages at a fixed rate, to measure a feed with: prints its port, serves, and
// stops sending when its standard input has something to read.
//
//     martlet-load --rate 50000

import Glibc
import MartletNetwork

/// Reads the rate, prints `{"port":N}` and serves until it is killed; the exit code.
func serveLoad(_ arguments: [String]) -> Int32 {
    guard arguments.count == 2, arguments[0] == "--rate", let rate = Int(arguments[1]),
        (1...10_000_000).contains(rate)
    else {
        let usage = "usage: martlet-load --rate MESSAGES_PER_SECOND\n"
        _ = write(STDERR_FILENO, usage, usage.utf8.count)
        return 2
    }
    do throws(NetworkFailure) {
        let server = try LoadServer(rate: rate)
        let line = "{\"port\":\(server.port)}\n"
        _ = write(STDOUT_FILENO, line, line.utf8.count)
        server.pauseOnInput()
        server.run()
        return 0
    } catch {
        let message = "martlet-load: \(error)\n"
        _ = write(STDERR_FILENO, message, message.utf8.count)
        return 5
    }
}

exit(serveLoad(Array(CommandLine.arguments.dropFirst())))

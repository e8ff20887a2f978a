// `feed mux`: any number of venues, instruments and channels as one stream of envelopes.

import Glibc
import MartletFeed
import MartletModel
import MartletNetwork
import MartletStore
import MartletVenues

/// The verb `feed mux`.
package enum FeedMuxCommand {
    /// Its entry in the table.
    package static let verb = Verb(
        "feed", "mux", "listen to venues live and write one stream of envelopes (JSON lines)",
        positionals: Positionals(placeholder: "CHANNEL", minimum: 0, maximum: 1),
        flags: FeedSourceFlags.flags + [
            .value("count", "N", "end after N envelopes"),
            .value("duration", "TIME", "end after this time, such as 60s, 10m, 1h"),
            .value("type", "TYPES", "only these types of envelopes, separated by commas"),
            .list("instrument", "PATTERN", "only these instruments"),
            .value("out", "FILE", "write to a file instead of standard output"),
            .toggle("append", "add to the file where it exists"),
            .value(
                "nats", "URL", "publish to a NATS server instead, such as nats://127.0.0.1:4222"),
            .value("subject", "SUBJECT", "of each envelope (\(NATSOutput.usualSubject))"),
            .toggle("jetstream", "publish to a stream, with acknowledgements"),
            .value("metrics-file", "FILE", "write metrics there, every 5 s and at the end"),
            .toggle("quiet", "no health on standard error"),
        ],
        examples: [
            "martlet feed mux --source okx:BTC-USDT-SWAP:trades,l2 --source bybit:BTCUSDT:l2",
            "martlet feed mux trades --exchange okx --symbol BTC-USDT-SWAP --count 1000",
        ], run: run)

    private static func run(_ invocation: Invocation, _ console: Console) throws(Failure) {
        let sources = try FeedSourceFlags.sources(
            invocation, short: invocation.positionals)
        let settings = try FeedSourceFlags.settings(invocation, sources)
        let limits = try MuxLimits(invocation)
        let reactor: Reactor
        do throws(NetworkFailure) { reactor = try Reactor() } catch {
            throw Failure(.network, error.message)
        }
        let (output, descriptor) = try output(invocation, reactor)
        let work = try MuxWork(
            settings, limits, output: output, reactor: reactor, console: console,
            sourcesFile: invocation.text("sources-file"),
            metricsFile: invocation.text("metrics-file"), isQuiet: invocation.isOn("quiet"))
        let code = work.run()
        if let descriptor, descriptor != STDOUT_FILENO { close(descriptor) }
        if code != 0 { ProcessEnd.leave(code: code) }
    }

    /// The output, and its descriptor where it has one.
    private static func output(
        _ invocation: Invocation, _ reactor: Reactor
    ) throws(Failure) -> (any MuxOutput, Int32?) {
        guard let url = invocation.text("nats") else {
            for flag in ["subject", "jetstream"] where invocation.text(flag) != nil {
                throw Failure(.usage, "--\(flag) goes with --nats URL")
            }
            let (descriptor, name) = try open(invocation)
            return (DescriptorOutput(descriptor, name: name, reactor: reactor), descriptor)
        }
        guard invocation.text("out") == nil else {
            throw Failure(.usage, "give either --out or --nats")
        }
        let output = try NATSOutput(
            NATSOptions(url: url), subject: invocation.text("subject") ?? NATSOutput.usualSubject,
            isStream: invocation.isOn("jetstream"))
        return (output, nil)
    }

    /// Where envelopes go.
    private static func open(_ invocation: Invocation) throws(Failure) -> (Int32, String) {
        guard let path = invocation.text("out"), path != "-" else {
            return (STDOUT_FILENO, "standard output")
        }
        var facts = stat()
        let isAppended = invocation.isOn("append")
        if stat(path, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG, facts.st_size > 0,
            !isAppended
        {
            throw Failure(
                .usage, "--out \(path) exists; remove it, choose another, or give --append")
        }
        let descriptor = Glibc.open(
            path, O_WRONLY | O_CREAT | O_CLOEXEC | (isAppended ? O_APPEND : 0), 0o644)
        guard descriptor >= 0 else { throw FileFailure.writing(path, code: errno) }
        if isAppended { try endLine(descriptor, path) }
        return (descriptor, path)
    }

    /// A file whose last run was killed may end within a line: the next one begins behind it.
    private static func endLine(_ descriptor: Int32, _ path: String) throws(Failure) {
        var facts = stat()
        guard fstat(descriptor, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG, facts.st_size > 0
        else { return }
        // A descriptor of its own: a pipe must never be opened for both directions.
        let reading = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard reading >= 0 else { throw FileFailure.reading(path, code: errno) }
        defer { close(reading) }
        var last: UInt8 = 0
        guard pread(reading, &last, 1, facts.st_size - 1) == 1, last != UInt8(ascii: "\n") else {
            return
        }
        guard write(descriptor, "\n", 1) == 1 else {
            throw FileFailure.writing(path, code: errno)
        }
    }
}

/// When a mux ends, and what of it leaves.
struct MuxLimits {
    var count: Int64?
    var duration: Int64?
    var filter = MuxFilter()

    init(_ invocation: Invocation) throws(Failure) {
        count = try invocation.parsed("count", "a whole number above 0") { text in
            Int64(text).flatMap { $0 > 0 ? $0 : nil }
        }
        duration = try invocation.parsed("duration", "a time such as 60s, 10m or 1h") { text in
            (Int64(text).map { BarInterval("\($0)s") } ?? BarInterval(text))?.nanoseconds
        }
        if let list = invocation.text("type") {
            var types: Set<String> = []
            for word in list.split(separator: ",").map(String.init) {
                guard MuxFilter.allTypes.contains(word) else {
                    throw Failure(
                        .usage,
                        "--type: there is no type '\(word)'; "
                            + suggestion(for: word, in: MuxFilter.allTypes))
                }
                types.insert(word)
            }
            filter.types = types
        }
        filter.instruments = invocation.texts("instrument")
    }
}

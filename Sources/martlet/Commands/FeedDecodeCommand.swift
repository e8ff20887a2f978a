// `feed decode`: recorded messages of a venue in, envelopes out, every line accounted for.

import MartletFeed
import MartletModel
import MartletStore
import MartletVenues

/// The verb `feed decode`.
package enum FeedDecodeCommand {
    /// Its entry in the table.
    package static let verb = Verb(
        "feed", "decode", "turn recorded messages of a venue into envelopes (JSON lines)",
        positionals: Positionals(placeholder: "FILE", minimum: 0, maximum: 1),
        flags: [
            .value("venue", "ID", "whose messages: " + VenueID.all[0].name + ", okx, bybit, …"),
            .value("instrument", "SYMBOL", "where no message, stream or request names one"),
            .toggle("strict", "exit 9 on unknown or dead messages and on errors"),
        ],
        examples: [
            "martlet feed decode --venue binance-usdm Data/binance-usdm/ethusdt_20240808.gz",
            "martlet feed decode --venue okx --strict < capture.txt > envelopes.jsonl",
        ], run: run)

    private static func run(_ invocation: Invocation, _ console: Console) throws(Failure) {
        let instrument = invocation.text("instrument")
        let name = try invocation.required("venue")
        guard let venue = VenueID.named(name, symbol: instrument ?? "") else {
            throw Failure(
                .usage,
                "--venue '\(name)' is not known; "
                    + suggestion(for: name, in: VenueID.all.map(\.name)))
        }
        guard let adapter = VenueCatalog.adapter(for: venue) else {
            throw Failure(.notFound, "there is no decoder for venue \(venue.name)")
        }
        let lines = try StreamedLines(path: invocation.positionals.first)
        var work = DecodeWork(
            LineDecoding(adapter, instrument: instrument), console: console, path: lines.path)
        var failure: Failure?
        do throws(Failure) { try work.run(lines) } catch { failure = error }
        if let (reason, offset) = lines.damage, failure == nil {
            failure = Failure(
                .integrity,
                "\(lines.path): \(reason) at byte \(offset); the \(lines.lineNumber) lines before "
                    + "it were decoded; fetch the file again")
        }
        if failure == nil, invocation.isOn("strict"), !work.decoding.counts.areClean {
            failure = Failure(
                .integrity,
                "\(lines.path): not every line is a message of a kind that \(venue.name) sends "
                    + "today, and --strict was asked for")
        }
        // The counts come last, whatever happened.
        if let failure { console.note(failure.message) }
        work.summarize()
        if let failure { ProcessEnd.leave(code: failure.kind.rawValue) }
    }
}

/// One run of the command: lines in, envelopes out, complaints bounded.
private struct DecodeWork: ~Copyable {
    var decoding: LineDecoding
    private let console: Console
    private let path: String
    private var complaints = Complaints()

    /// Envelopes are written when there are so many bytes of them, or before waiting for input.
    private static let chunk = 1 << 18

    init(_ decoding: consuming LineDecoding, console: Console, path: String) {
        self.decoding = decoding
        self.console = console
        self.path = path
    }

    /// Decodes all lines, unless the reader of the envelopes goes away first.
    mutating func run(_ lines: StreamedLines) throws(Failure) {
        while true {
            if decoding.writer.count > 0, decoding.writer.count >= Self.chunk || lines.mayWait {
                guard try flush() else { return }
            }
            guard let line = try lines.next() else { break }
            let outcome: LineOutcome
            switch line {
            case .text(let bytes): outcome = decoding.take(bytes)
            case .tooLong: outcome = decoding.refuse("a line of more than 16 MiB")
            }
            switch outcome {
            case .skipped, .frame(.decoded), .frame(.control): break
            case .frame(let kind): note("\(kind.rawValue) message", decoding.note, lines)
            case .error(let reason): note("error", reason, lines)
            }
        }
        _ = try flush()
    }

    private mutating func flush() throws(Failure) -> Bool {
        defer { decoding.writer.removeAll() }
        return try console.write(decoding.writer.lines)
    }

    private mutating func note(_ what: String, _ detail: String?, _ lines: StreamedLines) {
        let words = detail.map { "\(what): \($0)" } ?? what
        guard complaints.add(words, isError: what == "error") else { return }
        console.note("\(path): line \(lines.lineNumber): \(words)")
    }

    /// The counts on standard error, after what was not said line by line.
    func summarize() {
        for line in complaints.rest { console.note("\(path): \(line)") }
        console.show(decoding.counts.json.line + "\n")
    }
}

/// Which complaints were said, and how many were not: bounded, whatever the input.
private struct Complaints {
    private static let printedMax = 20
    private static let kindsMax = 64

    private var kinds: [String] = []
    private var counts: [String: Int64] = [:]
    private var otherKinds: Int64 = 0
    private var printedErrors = 0
    private var unsaidErrors: Int64 = 0

    /// Counts a complaint; true where it is to be said now: the first errors, and the first message
    /// of each unknown kind.
    mutating func add(_ words: String, isError: Bool) -> Bool {
        if isError {
            if printedErrors < Self.printedMax {
                printedErrors += 1
                return true
            }
            unsaidErrors += 1
            return false
        }
        if let count = counts[words] {
            counts[words] = count + 1
            return false
        }
        guard kinds.count < Self.kindsMax else {
            otherKinds += 1
            return false
        }
        kinds.append(words)
        counts[words] = 1
        return kinds.count <= Self.printedMax
    }

    /// What was counted and not said.
    var rest: [String] {
        var lines: [String] = []
        if unsaidErrors > 0 { lines.append("\(unsaidErrors) more errors") }
        for (index, kind) in kinds.enumerated() {
            let count = counts[kind] ?? 0
            if count > 1 || index >= Self.printedMax { lines.append("\(kind): \(count) lines") }
        }
        if otherKinds > 0 { lines.append("\(otherKinds) more lines of other kinds") }
        return lines
    }
}

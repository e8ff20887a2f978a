// The quality of recordings: one report for each connection, from its files alone.

public import MartletModel
public import MartletStore
import MartletVenues

/// One connection of a recording, measured.
public struct JudgedConnection: Sendable {
    /// Venue and number.
    public let connection: ConnectionID
    /// Its files.
    public let files: Int
    /// Files whose digest agrees with their seal.
    public let sealed: Int
    /// What was measured.
    public let report: CaptureReport
}

/// Measures captures.
public enum CaptureJudgement {
    /// Measures everything that the selection names, connection by connection, in one pass.
    ///
    /// - Throws: as ``CaptureMerge/init(_:)``; `integrity` for a file that does not fit its seal.
    public static func run(
        _ selection: CaptureSelection, progress: (_ messages: Int64) -> Void
    ) throws(Failure) -> [JudgedConnection] {
        let merge = try CaptureMerge(selection)
        var sealed = Array(repeating: 0, count: merge.connections.count)
        for (index, paths) in merge.paths.enumerated() {
            for path in paths where try CaptureSeal.verify(path) { sealed[index] += 1 }
        }
        let measures = merge.connections.map { CaptureQuality(venue: $0.venue) }
        var messages: Int64 = 0
        while let item = try merge.next() {
            switch item.content {
            case .message(let message):
                measures[item.stream].message(
                    message.bytes, isBinary: message.isBinary, request: message.request,
                    at: message.receiveTime)
                messages += 1
                if messages & 8191 == 0 { progress(messages) }
            case .fact(let fact):
                measures[item.stream].fact(fact.word, fact.json, at: fact.time)
            }
        }
        let cut = Set(merge.cuts.map(\.path))
        return merge.connections.indices.map { index in
            var report = measures[index].finished
            report.isCut = merge.paths[index].contains { cut.contains($0) }
            return JudgedConnection(
                connection: merge.connections[index], files: merge.paths[index].count,
                sealed: sealed[index], report: report)
        }
    }
}

extension JudgedConnection {
    /// Its name in tables, such as `okx 3`.
    public var name: String { "\(connection.venue.name) \(connection.number)" }

    /// Values for scripts; times in ns.
    public var json: JSONText {
        func number(_ value: Int64?) -> JSONText { value.map { .integer($0) } ?? .null }
        return .object(
            [
                ("venue", .string(connection.venue.name)),
                ("connection", .integer(Int64(connection.number))),
                ("files", .integer(Int64(files))), ("sealed", .integer(Int64(sealed))),
                ("messages", .integer(report.messages)), ("firstTime", number(report.firstTime)),
                ("lastTime", number(report.lastTime)), ("cut", .flag(report.isCut)),
            ] + report.members)
    }

    /// Headings of ``row``.
    public static let headings = [
        "connection", "from", "span s", "messages", "gaps", "lost", "repeats", "backwards",
        "crossed s", "silent s", "coverage", "offset min ms", "median", "score",
    ]

    /// One row of a table of several connections.
    public var row: [String] {
        [
            name, report.firstTime.map { Timestamp(nanoseconds: $0).iso8601 } ?? "–",
            Self.seconds(report.span), "\(report.messages)", "\(report.gaps)", "\(report.lost)",
            "\(report.repeats)", "\(report.timesBackwards + report.receiveBackwards)",
            Self.seconds(report.crossedNanoseconds), Self.seconds(report.silentNanoseconds),
            Self.percent(report.coverage), Self.milliseconds(report.offsetMin),
            Self.milliseconds(report.offsetMedian), "\(report.score)",
        ]
    }

    /// Names and values for people.
    public var facts: [(name: String, value: String)] {
        let first = report.firstTime.map { Timestamp(nanoseconds: $0).iso8601 } ?? "–"
        var facts = [
            ("files", "\(files), \(sealed) of them sealed and whole"),
            ("score", "\(report.score) of 100"),
            ("received", "\(first), \(Self.seconds(report.span)) s"),
            ("messages", "\(report.messages)"),
        ]
        for channel in FeedChannel.allCases {
            guard let tally = report.channels[channel] else { continue }
            facts.append(
                (
                    "  " + channel.rawValue,
                    "\(tally.messages) messages, \(tally.events) events; \(tally.silences) "
                        + "silences over 5 s, the longest wait "
                        + "\(Self.seconds(tally.longestSilence)) s"
                ))
        }
        facts += [
            (
                "  other",
                "\(report.control) control, \(report.unknown) unknown, \(report.dead) dead, "
                    + "\(report.errors) undecodable"
            ),
            ("gaps in update numbers", "\(report.gaps)"),
            ("lost by the recorder", "\(report.lost)"), ("repeated", "\(report.repeats)"),
            ("exchange time backwards", "\(report.timesBackwards)"),
            ("receive time backwards", "\(report.receiveBackwards)"),
            (
                "crossed",
                "after \(report.crossed) messages, \(Self.seconds(report.crossedNanoseconds)) s"
            ),
            ("connected, disconnected", "\(report.connects), \(report.disconnects)"),
            ("coverage", Self.percent(report.coverage)),
            (
                "silences over 5 s",
                "\(report.silences), the longest wait \(Self.seconds(report.longestSilence)) s"
            ),
            (
                "receive − exchange",
                "min \(Self.milliseconds(report.offsetMin)) ms, median "
                    + "\(Self.milliseconds(report.offsetMedian)) ms"
            ),
        ]
        if report.isCut { facts.append(("cut", "the end of a file was torn")) }
        return facts
    }

    private static func seconds(_ nanoseconds: Int64) -> String {
        decimalText(Int128(nanoseconds / 1_000_000), scale: 3)
    }

    private static func milliseconds(_ nanoseconds: Int64?) -> String {
        nanoseconds.map { decimalText(Int128($0 / 1000), scale: 3) } ?? "–"
    }

    private static func percent(_ share: Double) -> String {
        decimalText(Int128((share * 10_000).rounded(.down)), scale: 2) + " %"
    }
}

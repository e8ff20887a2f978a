// The mux's lines as NATS messages, one envelope each.

public import MartletModel
public import MartletNetwork

/// Publishes every envelope to a subject that names it.
///
/// The rule of its queue: what the server does not take at once waits, in order; above 1 MiB lines
/// that may be conflated wait outside, above 64 MiB the run ends with a failure. Nothing is
/// dropped silently: JetStream's refusals end the run, too.
public final class NATSOutput: MuxOutput {
    /// How envelopes become subjects: `{venue}`, `{type}` and `{instrument}` are replaced.
    public static let usualSubject = "martlet.{venue}.{type}.{instrument}"

    private let connection: NATSConnection
    private let template: String
    private let isStream: Bool
    private var waiting: [(subject: String, bytes: [UInt8])] = []
    private var first = 0
    private var waitingBytes = 0

    /// Connects, and makes the stream where one is wanted and missing.
    ///
    /// - Throws: `network` where the server cannot be reached, `usage` for a subject that is none.
    public init(
        _ options: NATSOptions, subject template: String, isStream: Bool
    ) throws(Failure) {
        guard Self.isSubject(template) else {
            throw Failure(
                .usage,
                "--subject '\(template)' is no subject; write it as \(Self.usualSubject)")
        }
        self.template = template
        self.isStream = isStream
        var options = options
        // The queue here is where messages wait, not the reactor.
        options.stallWait = 1_000_000
        options.writeTimeout = 100_000_000
        do throws(NetworkFailure) {
            connection = try NATSConnection(options)
            guard isStream else { return }
            let prefix = template.prefix { $0 != "{" }.split(separator: ".").joined(separator: ".")
            let name = prefix.isEmpty ? "MARTLET" : prefix.uppercased().filter { $0 != "." }
            let subjects = prefix == template ? [template] : [prefix + ".>"]
            try connection.ensureStream(name, subjects: subjects, bytesMax: 1 << 30)
        } catch {
            throw Failure(.network, error.message)
        }
    }

    /// What became of the messages so far.
    public var counts: NATSCounts { connection.messages }

    /// Whether more than 1 MiB waits, or the stream lags with its acknowledgements.
    public var isCongested: Bool { waitingBytes > 1 << 20 }

    /// Takes lines, one message each.
    public func take(
        _ lines: UnsafeBufferPointer<UInt8>, venue: String, type: String, instrument: String?
    ) {
        let subject = Self.subject(template, venue: venue, type: type, instrument: instrument)
        // Without the line end: a message is an envelope.
        let bytes = Array(lines.last == UInt8(ascii: "\n") ? lines.dropLast() : lines[...])
        waiting.append((subject, bytes))
        waitingBytes += bytes.count
    }

    /// Publishes what waits, as far as the server takes it.
    public func flush() throws(Failure) -> Bool {
        publish()
        if counts.refused > 0 {
            throw Failure(.network, "NATS refused a message: \(counts.lastRefusal)")
        }
        guard waitingBytes <= DescriptorOutput.usualLimit else {
            throw Failure(.network, "NATS has not taken \(waitingBytes) bytes; the run ends")
        }
        return true
    }

    /// Publishes the rest and waits for at most five seconds until the server has it.
    public func finish() throws(Failure) -> Bool {
        defer { connection.close() }
        do throws(NetworkFailure) {
            publish()
            try connection.flush(timeout: 5_000_000_000)
        } catch {
            throw Failure(.network, error.message)
        }
        guard first == waiting.count, counts.refused == 0 else {
            throw Failure(
                .network, "NATS has not taken all messages: \(counts.lastRefusal)")
        }
        return true
    }

    private func isPublished(_ subject: String, _ bytes: UnsafeRawBufferPointer) -> Bool {
        do throws(NetworkFailure) {
            if isStream {
                try connection.publishToStream(subject, bytes)
            } else {
                try connection.publish(subject, bytes)
            }
            return true
        } catch {
            return false
        }
    }

    private func publish() {
        while first < waiting.count {
            let (subject, bytes) = waiting[first]
            // Where the server does not take it, it stays first in line for the next flush.
            guard bytes.withUnsafeBytes({ isPublished(subject, $0) }) else { return }
            waitingBytes -= bytes.count
            first += 1
            if first >= 4_096 {
                waiting.removeFirst(first)
                first = 0
            }
        }
        waiting.removeAll(keepingCapacity: true)
        first = 0
    }

    /// The subject of an envelope; letters that subjects cannot have become `_`.
    public static func subject(
        _ template: String, venue: String, type: String, instrument: String?
    ) -> String {
        func token(_ text: String) -> String {
            let plain = text.map { letter -> Character in
                letter.isWhitespace || letter == "." || letter == "*" || letter == ">"
                    ? "_" : letter
            }
            return plain.isEmpty ? "_" : String(plain)
        }
        var result = ""
        var rest = template[...]
        while let open = rest.firstIndex(of: "{") {
            result += rest[..<open]
            rest = rest[open...]
            if rest.hasPrefix("{venue}") {
                result += token(venue)
                rest = rest.dropFirst(7)
            } else if rest.hasPrefix("{type}") {
                result += token(type)
                rest = rest.dropFirst(6)
            } else if rest.hasPrefix("{instrument}") {
                result += token(instrument ?? "")
                rest = rest.dropFirst(12)
            } else {
                result.append("_")
                rest = rest.dropFirst()
            }
        }
        return result + rest
    }

    private static func isSubject(_ template: String) -> Bool {
        !template.isEmpty && !template.contains(where: \.isWhitespace)
            && !template.hasPrefix(".") && !template.hasSuffix(".") && !template.contains("..")
            && !template.contains("*") && !template.contains(">")
    }
}

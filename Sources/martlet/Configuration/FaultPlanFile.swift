// Fault plans of the venue server: JSON5 files, read strictly.

package import MartletModel
package import MartletVenueServer

/// Reads `{ seed: 7, faults: [ { kind: "gap", every: "10s", channel: "book" }, … ] }`.
package enum FaultPlanFile {
    private static let keys = [
        "kind", "after", "every", "at", "everyMessages", "probability", "for", "channel",
        "instrument", "connection", "count", "delay", "by", "size", "code", "factor",
    ]

    /// The plan in a file.
    ///
    /// - Throws: not found, or a configuration failure with line and column.
    package static func read(_ path: String) throws(Failure) -> FaultPlan {
        let bytes = try SmallFile.read(path, limit: 1 << 20, kind: .configuration)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Failure(.configuration, "\(path): is not UTF-8 text; save it as UTF-8")
        }
        return try parse(text, file: path)
    }

    /// The plan in a text.
    package static func parse(_ text: String, file: String) throws(Failure) -> FaultPlan {
        let value = try JSON5Parser.parse(text, file: file)
        guard case .object(let members) = value.content else {
            throw failure(file, value.place, "a fault plan is an object, { faults: [ … ] }")
        }
        var plan = FaultPlan()
        for member in members {
            switch member.key {
            case "seed":
                guard let seed = number(member.value).flatMap(UInt64.init(exactly:)) else {
                    throw failure(file, member.value.place, "seed is a whole number of at least 0")
                }
                plan.seed = seed
            case "faults":
                guard case .array(let items) = member.value.content else {
                    throw failure(file, member.value.place, "faults is an array")
                }
                for item in items { plan.rules.append(try rule(item, file)) }
            default:
                throw failure(
                    file, member.place,
                    "unknown key '\(member.key)'; "
                        + suggestion(for: member.key, in: ["seed", "faults"]))
            }
        }
        return plan
    }

    private static func rule(
        _ value: ConfigurationValue, _ file: String
    ) throws(Failure) -> FaultRule {
        guard case .object(let members) = value.content else {
            throw failure(file, value.place, "a fault is an object, { kind: …, after: … }")
        }
        guard let kind = members.first(where: { $0.key == "kind" }) else {
            throw failure(file, value.place, "a fault needs a kind")
        }
        guard case .string(let name) = kind.value.content, let known = FaultKind.named(name) else {
            throw failure(
                file, kind.value.place,
                "no such kind of fault; "
                    + suggestion(
                        for: kind.value.text, in: FaultKind.allCases.map(\.rawValue)))
        }
        var rule = FaultRule(known, .after(0))
        var timings = 0
        for member in members where member.key != "kind" {
            guard keys.contains(member.key) else {
                throw failure(
                    file, member.place,
                    "unknown key '\(member.key)'; " + suggestion(for: member.key, in: keys))
            }
            if let timing = try timing(member, file) {
                rule.timing = timing
                timings += 1
            } else {
                try fill(&rule, member, file)
            }
        }
        guard timings == 1 else {
            throw failure(
                file, value.place,
                "a fault has exactly one of after, every, at, everyMessages, probability")
        }
        if let problem = FaultPlan.problem(with: rule) { throw failure(file, value.place, problem) }
        return rule
    }

    private static func timing(
        _ member: ConfigurationMember, _ file: String
    ) throws(Failure) -> FaultTiming? {
        switch member.key {
        case "after": return .after(try time(member, file))
        case "every": return .every(try time(member, file))
        case "at": return .atMessage(try integer(member, file))
        case "everyMessages": return .everyMessages(try integer(member, file))
        case "probability":
            guard case .number(let text) = member.value.content,
                let millionths = ExactDecimal(text)?.roundedMantissa(atScale: 6)
            else { throw failure(file, member.value.place, "probability is a number up to 1") }
            return .probability(millionths: millionths)
        default: return nil
        }
    }

    private static func fill(
        _ rule: inout FaultRule, _ member: ConfigurationMember, _ file: String
    ) throws(Failure) {
        switch member.key {
        case "for": rule.duration = try time(member, file)
        case "delay", "by": rule.delay = try time(member, file)
        case "instrument": rule.instrument = try string(member, file)
        case "channel":
            let name = try string(member, file)
            guard let channel = FaultChannel(rawValue: name) else {
                throw failure(
                    file, member.value.place,
                    "no such channel; "
                        + suggestion(for: name, in: FaultChannel.allCases.map(\.rawValue)))
            }
            rule.channel = channel
        case "connection": rule.connection = Int(exactly: try integer(member, file))
        case "count": rule.count = try integer(member, file)
        case "size":
            let size = try integer(member, file)
            guard (1...1_000_000).contains(size) else {
                throw failure(file, member.value.place, "size is between 1 and 1000000")
            }
            rule.size = Int(size)
        case "code":
            guard let code = UInt16(exactly: try integer(member, file)), code >= 1000 else {
                throw failure(file, member.value.place, "code is a WebSocket code from 1000 on")
            }
            rule.code = code
        default:
            guard case .number(let text) = member.value.content,
                let thousandths = ExactDecimal(text)?.roundedMantissa(atScale: 3), thousandths > 0
            else { throw failure(file, member.value.place, "factor is a number above 0") }
            rule.factorThousandths = thousandths
        }
    }

    private static func time(
        _ member: ConfigurationMember, _ file: String
    ) throws(Failure) -> Int64 {
        guard case .string(let text) = member.value.content, let span = Nanoseconds(text),
            span.count >= 0
        else {
            throw failure(
                file, member.value.place, "\(member.key) is a time such as \"200ms\" or \"10s\"")
        }
        return span.count
    }

    private static func string(
        _ member: ConfigurationMember, _ file: String
    ) throws(Failure) -> String {
        guard case .string(let text) = member.value.content else {
            throw failure(file, member.value.place, "\(member.key) is a text in quotes")
        }
        return text
    }

    private static func integer(
        _ member: ConfigurationMember, _ file: String
    ) throws(Failure) -> Int64 {
        guard let value = number(member.value) else {
            throw failure(file, member.value.place, "\(member.key) is a whole number")
        }
        return value
    }

    private static func number(_ value: ConfigurationValue) -> Int64? {
        if case .number(let text) = value.content { Int64(text) } else { nil }
    }

    private static func failure(
        _ file: String, _ place: TextPlace, _ message: String
    ) -> Failure {
        Failure(.configuration, "\(file):\(place.line):\(place.column): \(message)")
    }
}

extension ConfigurationValue {
    /// The text of a string or a number; empty for anything else.
    fileprivate var text: String {
        switch content {
        case .string(let text), .number(let text): text
        default: ""
        }
    }
}

// What a measured capture was like: facts, score, and both as text and JSON.

import FoundationEssentials
public import MartletModel
public import MartletStore
import MartletVenues

/// The quality of a capture. Times in ns; see docs/data.md.
public struct CaptureReport: Sendable {
    /// Whose messages they are; nil where that is not known.
    public internal(set) var venue: VenueID?
    /// Messages.
    public internal(set) var messages: Int64 = 0
    /// Answers, greetings, pongs.
    public internal(set) var control: Int64 = 0
    /// Messages of an unknown kind.
    public internal(set) var unknown: Int64 = 0
    /// Messages of a generation that the venue no longer sends.
    public internal(set) var dead: Int64 = 0
    /// Messages that cannot be decoded.
    public internal(set) var errors: Int64 = 0
    /// Holes in the update numbers.
    public internal(set) var gaps: Int64 = 0
    /// Messages that the recorder could not take; it noted how many.
    public internal(set) var lost: Int64 = 0
    /// Book changes with outdated numbers, and trades told again.
    public internal(set) var repeats: Int64 = 0
    /// Exchange times before an earlier one of the same channel and instrument.
    public internal(set) var timesBackwards: Int64 = 0
    /// Receive times before an earlier one: the recorder's clock was set back.
    public internal(set) var receiveBackwards: Int64 = 0
    /// Book messages after which best bid ≥ best ask.
    public internal(set) var crossed: Int64 = 0
    /// Time during which at least one book was crossed.
    public internal(set) var crossedNanoseconds: Int64 = 0
    /// Connections made and lost, as the recorder noted.
    public internal(set) var connects: Int64 = 0
    /// Connections lost.
    public internal(set) var disconnects: Int64 = 0
    /// First receive time; nil without messages.
    public internal(set) var firstTime: Int64?
    /// Last receive time.
    public internal(set) var lastTime: Int64?
    /// Waits of more than 5 s without any message.
    public internal(set) var silences: Int64 = 0
    /// Time within such waits.
    public internal(set) var silentNanoseconds: Int64 = 0
    /// The longest wait.
    public internal(set) var longestSilence: Int64 = 0
    /// The lowest receive − exchange time.
    public internal(set) var offsetMin: Int64?
    /// The median of receive − exchange time.
    public internal(set) var offsetMedian: Int64?
    /// Whether the end of a file was torn and cut.
    public internal(set) var isCut = false
    var channels: [FeedChannel: ChannelTally] = [:]

    /// Nothing measured yet.
    init() {}

    /// From the first to the last receive time.
    public var span: Int64 {
        guard let firstTime, let lastTime, lastTime > firstTime else { return 0 }
        return lastTime - firstTime
    }

    /// Share of the span outside silences, 0 to 1.
    public var coverage: Double {
        span > 0 ? 1 - min(1, Double(silentNanoseconds) / Double(span)) : 1
    }

    /// 0 (useless) to 100 (nothing to complain of): 100 × (1 − messages in doubt ÷ messages) ×
    /// coverage, less 5 where a torn end was cut, rounded down.
    ///
    /// In doubt are ten messages for a hole in the update numbers, one for each message that was
    /// lost, repeated, undecodable, of a dead or unknown kind, or left the book crossed, and a tenth
    /// for a time that runs backwards.
    public var score: Int64 {
        guard messages > 0 else { return 0 }
        let tens = Double(gaps) * 10 + Double(timesBackwards + receiveBackwards) / 10
        let ones =
            Double(lost) + Double(repeats) + Double(errors + dead + unknown) + Double(crossed)
        let doubt = min(1, (tens + ones) / Double(messages + lost))
        return max(0, Int64((100 * (1 - doubt) * coverage - (isCut ? 5 : 0)).rounded(.down)))
    }

    /// Members of a seal and of `data quality --json`.
    public var members: [(key: String, value: JSONText)] {
        func number(_ value: Int64?) -> JSONText { value.map { .integer($0) } ?? .null }
        let list: [JSONText] = FeedChannel.allCases.compactMap { channel in
            guard let tally = channels[channel] else { return nil }
            return .object([
                ("channel", .string(channel.rawValue)), ("messages", .integer(tally.messages)),
                ("events", .integer(tally.events)), ("silences", .integer(tally.silences)),
                ("silentNanoseconds", .integer(tally.silentNanoseconds)),
                ("longestSilence", .integer(tally.longestSilence)),
            ])
        }
        return [
            ("channels", .array(list)), ("gaps", .integer(gaps)), ("lost", .integer(lost)),
            ("repeats", .integer(repeats)), ("timesBackwards", .integer(timesBackwards)),
            ("receiveBackwards", .integer(receiveBackwards)), ("crossed", .integer(crossed)),
            ("crossedNanoseconds", .integer(crossedNanoseconds)), ("control", .integer(control)),
            ("unknown", .integer(unknown)), ("dead", .integer(dead)),
            ("errors", .integer(errors)), ("connects", .integer(connects)),
            ("disconnects", .integer(disconnects)), ("silences", .integer(silences)),
            ("silentNanoseconds", .integer(silentNanoseconds)),
            ("longestSilence", .integer(longestSilence)), ("coverage", .double(coverage)),
            (
                "clock",
                .object([("offsetMin", number(offsetMin)), ("offsetMedian", number(offsetMedian))])
            ),
            ("score", .integer(score)),
        ]
    }
}

/// What a `#gap` fact of the recorder says.
struct RecorderLoss {
    let messages: Int64

    private struct Wire: Decodable {
        var reason: String
        var messages: Int64?
    }

    /// Nil for gaps that somebody else noted.
    init?(_ json: UnsafeRawBufferPointer) {
        // Whatever is wrong with it, it is none of the recorder's.
        guard let wire = try? JSONDecoder().decode(Wire.self, from: Data(json)),  // see above
            wire.reason == "recorderFull" || wire.reason == "tooLarge"
        else { return nil }
        messages = max(0, wire.messages ?? 1)
    }
}

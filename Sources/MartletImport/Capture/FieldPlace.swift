// Which field of a message an error is about, for the words of a refusal; never on the fast path.

import MartletVenues

/// Finds field names in a message that could not be decoded.
enum FieldPlace {
    /// The most names that a refusal lists.
    private static let namesMax = 24

    /// Words for the field at fault: the last key before the failure, or for a missing field the
    /// keys that the message does have. Empty where there is none to name.
    static func words(for failure: DecodingFailure, in message: UnsafeBufferPointer<UInt8>)
        -> String
    {
        let isMissing = failure.code == .missingField
        let keys = keys(in: message, before: isMissing ? message.count : failure.offset + 1)
        guard let last = keys.last else { return "" }
        if !isMissing { return "field \(last): " }
        var known: [String] = []
        for key in keys where !known.contains(key) && known.count < namesMax { known.append(key) }
        return "of the fields it must have, only these are there: \(known.joined(separator: " ")); "
    }

    /// The keys of all objects that end before a byte, in order: strings followed by a colon.
    private static func keys(in message: UnsafeBufferPointer<UInt8>, before end: Int) -> [String] {
        let end = min(max(end, 0), message.count)
        var keys: [String] = []
        var index = 0
        while index < end {
            guard message[index] == UInt8(ascii: "\"") else {
                index += 1
                continue
            }
            let start = index + 1
            index = start
            while index < end, message[index] != UInt8(ascii: "\"") {
                index += message[index] == UInt8(ascii: "\\") ? 2 : 1
            }
            guard index < end else { break }
            let text = message[start..<index]
            index += 1
            while index < end, message[index] == UInt8(ascii: " ") { index += 1 }
            let isPlain = text.count <= 32 && text.allSatisfy { $0 > 32 && $0 < 127 }
            if index < end, message[index] == UInt8(ascii: ":"), isPlain {
                keys.append(String(decoding: text, as: UTF8.self))
            }
        }
        return keys
    }
}

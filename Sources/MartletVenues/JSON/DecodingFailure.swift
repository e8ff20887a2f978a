// What can be wrong with bytes from a venue, and where in the message.

/// A message that cannot be decoded: what is wrong and at which byte. Carries none of its content.
@frozen public struct DecodingFailure: Error, Hashable, Sendable {
    /// What is wrong with a message.
    @frozen public enum Code: UInt8, CaseIterable, Sendable {
        /// The message ends in the middle of a value, or is empty.
        case truncated
        /// A byte that JSON does not allow at this place.
        case unexpectedByte
        /// A string with a control character, a wrong escape or bytes that are not UTF-8.
        case badString
        /// A number that breaks JSON's grammar.
        case badNumber
        /// Whole digits were expected: no fraction, exponent or minus.
        case badInteger
        /// A price, quantity or rate that is not plain decimal text.
        case badDecimal
        /// A time that is negative or beyond the year 2255.
        case badTime
        /// More than ``JSONScanner/nestingMax`` arrays and objects inside each other.
        case tooDeep
        /// Something follows the message.
        case trailingBytes
        /// A key that may stand once stands twice.
        case repeatedKey
        /// A field that this kind of message must have is not there.
        case missingField
        /// A field has a value that the venue's documentation rules out.
        case badValue
        /// A whole number above the largest `Int64`.
        case integerTooLarge
    }

    /// What is wrong.
    public let code: Code
    /// The offending byte, counted from 0 at the start of the message.
    public let offset: Int

    /// A failure at a byte.
    @inlinable public init(_ code: Code, at offset: Int) {
        self.code = code
        self.offset = offset
    }
}

extension DecodingFailure.Code {
    /// The code as words for a message to the user.
    public var words: String {
        switch self {
        case .truncated: "the message ends in the middle of a value"
        case .unexpectedByte: "unexpected byte"
        case .badString: "bad string (control character, escape or UTF-8)"
        case .badNumber: "bad number"
        case .badInteger: "not a whole number from 0 up"
        case .badDecimal: "not plain decimal text"
        case .badTime: "time out of range"
        case .tooDeep: "nested too deep"
        case .trailingBytes: "bytes after the end of the message"
        case .repeatedKey: "repeated key"
        case .missingField: "missing field"
        case .badValue: "value not known to this kind of message"
        case .integerTooLarge: "whole number above 9223372036854775807, the largest that is kept"
        }
    }
}

extension DecodingFailure: CustomStringConvertible {
    /// What is wrong and where, in words.
    public var description: String { "\(code.words) at byte \(offset)" }
}

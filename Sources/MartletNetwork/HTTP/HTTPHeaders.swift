// Header fields in the order they came, found by name without regard to case.

/// One header field.
public struct HTTPHeader: Hashable, Sendable {
    /// As written by the sender.
    public let name: String
    /// Without the blanks around it.
    public let value: String

    /// A field.
    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// The header fields of a request or an answer.
public struct HTTPHeaders: Hashable, Sendable, ExpressibleByDictionaryLiteral {
    /// In the order they came.
    public private(set) var fields: [HTTPHeader]

    /// Fields in their order.
    public init(_ fields: [HTTPHeader] = []) { self.fields = fields }

    /// `["Content-Type": "application/json"]`, in the order written.
    public init(dictionaryLiteral elements: (String, String)...) {
        fields = elements.map { HTTPHeader($0.0, $0.1) }
    }

    /// The first field of the name.
    public subscript(name: String) -> String? {
        fields.first { isSameName($0.name, name) }?.value
    }

    /// All values of the name.
    public func values(_ name: String) -> [String] {
        fields.filter { isSameName($0.name, name) }.map(\.value)
    }

    /// Adds a field at the end.
    public mutating func append(_ name: String, _ value: String) {
        fields.append(HTTPHeader(name, value))
    }

    /// Whether a comma-separated field holds the word, such as `Connection: keep-alive, Upgrade`.
    func contains(_ word: String, in name: String) -> Bool {
        values(name).contains { value in
            value.split(separator: ",").contains { isSameName($0.trimmedBlanks(), word) }
        }
    }

    /// Seconds to wait according to `Retry-After`; nil where it is missing or cannot be read.
    ///
    /// A number too large to hold is the largest there is. A date counts from the answer's own
    /// `Date`, which is the same clock, else from `receivedAt`; one that is over means none to wait.
    ///
    /// - Parameter receivedAt: When the answer came, wall time in ns since 1970.
    public func retryAfterSeconds(receivedAt: Int64) -> Int? {
        guard let text = self["Retry-After"]?.trimmedBlanks(), !text.isEmpty else { return nil }
        if text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) {
            return Int(text) ?? Int.max
        }
        guard let end = HTTPDate.nanoseconds(text) else { return nil }
        let begin = self["Date"].flatMap(HTTPDate.nanoseconds) ?? max(receivedAt, 0)
        // Both lie between 1970 and 2262; what has begun counts as a whole second.
        return end <= begin ? 0 : Int((end - begin - 1) / 1_000_000_000 + 1)
    }
}

/// Whether two ASCII words differ in case only.
func isSameName(_ left: some StringProtocol, _ right: some StringProtocol) -> Bool {
    left.utf8.elementsEqual(right.utf8) { lowercased($0) == lowercased($1) }
}

private func lowercased(_ byte: UInt8) -> UInt8 {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
}

extension StringProtocol {
    /// Without blanks and tabs at both ends.
    func trimmedBlanks() -> String {
        var rest = self[...]
        while let last = rest.last, last == " " || last == "\t" { rest.removeLast() }
        return String(rest.drop { $0 == " " || $0 == "\t" })
    }

    /// Whether every byte is printable ASCII (or, with `blanks`, a blank): nothing that could end
    /// a line and start another header.
    func isPrintable(blanks: Bool) -> Bool {
        utf8.allSatisfy { ($0 > 0x20 && $0 < 0x7F) || (blanks && ($0 == 0x20 || $0 == 0x09)) }
    }
}

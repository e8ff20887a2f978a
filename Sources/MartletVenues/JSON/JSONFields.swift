// The members of one object by name: for messages that are rare or large, where order is free.

/// Where the values of one object's members stand. Looked up by name; a name that stands twice is
/// refused when it is asked for. Cost of a look-up: the number of members.
///
/// Points into the message, like the scanner it was read with.
struct JSONFields {
    private struct Field {
        let key: TextSlice
        let value: UnsafePointer<UInt8>
    }

    private var fields: [Field] = []
    private var base: JSONScanner

    /// No members; `scanner` says which message.
    init(of scanner: JSONScanner) { base = scanner }

    /// Whether there are no members.
    var isEmpty: Bool { fields.isEmpty }

    /// The first names, for a note on what was seen.
    var names: String { fields.prefix(6).map(\.key.string).joined(separator: ", ") }

    /// Takes one object and keeps where its values stand; forgets the object before.
    mutating func read(_ scanner: inout JSONScanner) throws(DecodingFailure) {
        fields.removeAll(keepingCapacity: true)
        try scanner.take(UInt8(ascii: "{"))
        if scanner.takeIf(UInt8(ascii: "}")) { return }
        while true {
            scanner.skipBlanks()
            let key = try scanner.text()
            try scanner.take(UInt8(ascii: ":"))
            scanner.skipBlanks()
            fields.append(Field(key: key, value: scanner.at))
            try scanner.skipValue()
            if scanner.takeIf(UInt8(ascii: ",")) { continue }
            return try scanner.take(UInt8(ascii: "}"))
        }
    }

    /// A scanner at the value of a member, or nil where there is none or it is `null`.
    func scanner(_ name: StaticString) throws(DecodingFailure) -> JSONScanner? {
        var found: UnsafePointer<UInt8>?
        for field in fields where field.key.equals(name) {
            if found != nil { throw base.failure(.repeatedKey, at: field.value) }
            found = field.value
        }
        guard let found else { return nil }
        var scanner = base
        scanner.at = found
        return scanner.peek() == UInt8(ascii: "n") ? nil : scanner
    }

    /// Whether there is such a member, also one that is `null`.
    func has(_ name: StaticString) -> Bool { fields.contains { $0.key.equals(name) } }

    /// Every member: its name, and a scanner at its value.
    func forEach(
        _ body: (TextSlice, inout JSONScanner) throws(DecodingFailure) -> Void
    ) throws(DecodingFailure) {
        for field in fields {
            var scanner = base
            scanner.at = field.value
            try body(field.key, &scanner)
        }
    }

    /// A text, or the digits of a number; nil where there is none, or an empty one.
    func text(_ name: StaticString) throws(DecodingFailure) -> TextSlice? {
        guard var scanner = try scanner(name) else { return nil }
        let text = try scanner.textOrScalar()
        return text.isEmpty ? nil : text
    }

    /// A decimal number; nil where there is none, or an empty text.
    func decimal(
        _ name: StaticString, _ batch: inout EventBatch
    ) throws(DecodingFailure) -> DecimalText? {
        guard var scanner = try scanner(name) else { return nil }
        return try scanner.amountIfAny(&batch)
    }

    /// A time in milliseconds as a number or a text, in nanoseconds; nil where there is none, where
    /// it is empty, and where it is 0.
    func time(_ name: StaticString) throws(DecodingFailure) -> Int64? {
        guard var scanner = try scanner(name), !scanner.takeEmptyText() else { return nil }
        let time = try scanner.venueTime()
        return time == 0 ? nil : time
    }

    /// The first of these members that is there as a time; see ``time(_:)``.
    func firstTime(_ names: StaticString...) throws(DecodingFailure) -> Int64? {
        for name in names { if let time = try time(name) { return time } }
        return nil
    }

    /// The first of these members that is there as a text; see ``text(_:)``.
    func firstText(_ names: StaticString...) throws(DecodingFailure) -> TextSlice? {
        for name in names { if let text = try text(name) { return text } }
        return nil
    }

    /// The first of these members that is there as a number; see ``decimal(_:_:)``.
    func firstDecimal(
        _ names: StaticString..., in batch: inout EventBatch
    ) throws(DecodingFailure) -> DecimalText? {
        for name in names { if let number = try decimal(name, &batch) { return number } }
        return nil
    }

    /// `true` or `false`, also as a text; nil where there is none or an empty one.
    func flag(_ name: StaticString) throws(DecodingFailure) -> Bool? {
        guard var scanner = try scanner(name), !scanner.takeEmptyText() else { return nil }
        if scanner.nextIs(UInt8(ascii: "\"")) {
            let word = try scanner.text()
            if word.equals("true") { return true }
            if word.equals("false") { return false }
            throw scanner.failure(.badValue, at: word.start)
        }
        return try scanner.flag()
    }

    /// A whole number that is not negative; nil where there is none.
    func integer(_ name: StaticString) throws(DecodingFailure) -> Int64? {
        guard var scanner = try scanner(name) else { return nil }
        return try scanner.integer()
    }

    /// A failure: this value is none that is known.
    func unknown(_ value: TextSlice) -> DecodingFailure { base.failure(.badValue, at: value.start) }

    /// A failure: this member is needed, and is not there.
    func missing() -> DecodingFailure {
        base.failure(.missingField, at: fields.first?.key.start ?? base.at)
    }
}

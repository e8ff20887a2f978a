// Values of a message by name, for the kinds that come too rarely to need a reader of their own.

/// One value of a message, where it stands. Everything that is asked of it is checked when asked.
struct JSONValue {
    /// A cursor at the first byte of the value.
    private let scanner: JSONScanner
    /// One after the last byte of the value.
    fileprivate let end: UnsafePointer<UInt8>

    /// Takes the next value of a scanner, whatever it is.
    init(_ scanner: inout JSONScanner) throws(DecodingFailure) {
        scanner.skipBlanks()
        self.scanner = scanner
        try scanner.skipValue()
        end = scanner.at
    }

    /// The whole message, which must be one value.
    init(message bytes: UnsafeBufferPointer<UInt8>) throws(DecodingFailure) {
        var scanner = try JSONScanner(bytes)
        try self.init(&scanner)
        try scanner.finish()
    }

    private var first: UInt8 { scanner.peek() }
    /// Whether it is an object.
    var isObject: Bool { first == UInt8(ascii: "{") }
    /// Whether it is an array.
    var isArray: Bool { first == UInt8(ascii: "[") }
    /// Whether it is a string.
    var isText: Bool { first == UInt8(ascii: "\"") }
    /// Whether it is `null`.
    var isNull: Bool { first == UInt8(ascii: "n") }
    /// A failure at the value.
    func failure(_ code: DecodingFailure.Code) -> DecodingFailure { scanner.failure(code) }

    /// A cursor at the value, for readers that walk it themselves.
    var cursor: JSONScanner { scanner }

    /// The members of the object that it must be.
    func members() throws(DecodingFailure) -> JSONMembers {
        var scanner = scanner
        try scanner.take(UInt8(ascii: "{"))
        var members = JSONMembers(start: self)
        if scanner.takeIf(UInt8(ascii: "}")) { return members }
        repeat {
            let key = try scanner.text()
            try scanner.take(UInt8(ascii: ":"))
            members.append(key, try JSONValue(&scanner))
        } while scanner.takeIf(UInt8(ascii: ","))
        try scanner.take(UInt8(ascii: "}"))
        return members
    }

    /// The elements of the array that it must be.
    func elements() throws(DecodingFailure) -> [JSONValue] {
        var scanner = scanner
        try scanner.take(UInt8(ascii: "["))
        var values: [JSONValue] = []
        if scanner.takeIf(UInt8(ascii: "]")) { return values }
        repeat { values.append(try JSONValue(&scanner)) } while scanner.takeIf(UInt8(ascii: ","))
        try scanner.take(UInt8(ascii: "]"))
        return values
    }

    /// The text of the string that it must be.
    func text() throws(DecodingFailure) -> TextSlice {
        var scanner = scanner
        return try scanner.text()
    }

    /// What stands between the quotes of a string, or the letters of a number or literal; nil for
    /// an empty string and `null`.
    var plain: TextSlice? {
        if isNull || isObject || isArray { return nil }
        if isText {
            var scanner = scanner
            guard let text = try? scanner.text(), !text.isEmpty  // the string was passed before
            else { return nil }
            return text
        }
        return TextSlice(start: scanner.at, count: end - scanner.at, hasEscapes: false)
    }

    /// The decimal number that it must be, in quotes or not; exponents are written out.
    func number(_ batch: inout EventBatch) throws(DecodingFailure) -> DecimalText {
        var scanner = scanner
        let number = try scanner.amount(&batch)
        guard scanner.at == end else { throw scanner.failure(.badDecimal) }
        return number
    }

    /// The whole number of at most 64 bits that it must be, in quotes or not.
    func integer() throws(DecodingFailure) -> Int64 {
        var scanner = scanner
        return try scanner.quotedInteger()
    }

    /// The time that it must be, in milliseconds (or microseconds) since the epoch, as ns.
    func time() throws(DecodingFailure) -> Int64 {
        var scanner = scanner
        let isQuoted = scanner.takeIf(UInt8(ascii: "\""))
        let time = try scanner.time()
        if isQuoted { try scanner.take(UInt8(ascii: "\"")) }
        return time
    }

    /// The flag that it must be: `true`, `false`, or one of these words in quotes.
    func flag() throws(DecodingFailure) -> Bool {
        var scanner = scanner
        if isText {
            let word = try scanner.text()
            guard word.equals("true") || word.equals("false") else { throw failure(.badValue) }
            return word.equals("true")
        }
        return try scanner.flag()
    }
}

/// The members of an object, in order.
struct JSONMembers {
    private let start: JSONValue
    private var keys: [TextSlice] = []
    private var values: [JSONValue] = []

    init(start: JSONValue) { self.start = start }

    mutating func append(_ key: TextSlice, _ value: JSONValue) {
        keys.append(key)
        values.append(value)
    }

    /// How many there are.
    var count: Int { keys.count }

    /// The first member with this key, or nil where there is none or it is `null`.
    subscript(_ key: StaticString) -> JSONValue? {
        for index in keys.indices where keys[index].equals(key) {
            return values[index].isNull ? nil : values[index]
        }
        return nil
    }

    /// Whether there is a member with this key, `null` included.
    func has(_ key: StaticString) -> Bool { keys.contains { $0.equals(key) } }

    /// Whether there are members with all these keys.
    func has(_ keys: StaticString...) -> Bool { keys.allSatisfy { has($0) } }

    /// The member with this key, which must be there.
    func need(_ key: StaticString) throws(DecodingFailure) -> JSONValue {
        guard let value = self[key] else { throw start.failure(.missingField) }
        return value
    }

    /// All keys with their values.
    func forEach(
        _ body: (TextSlice, JSONValue) throws(DecodingFailure) -> Void
    ) throws(DecodingFailure) {
        for index in keys.indices { try body(keys[index], values[index]) }
    }

    /// The number under this key, or else under the other; nil where there is none, `null` or an
    /// empty text.
    func number(
        _ key: StaticString, or other: StaticString? = nil, _ batch: inout EventBatch
    ) throws(DecodingFailure) -> DecimalText? {
        guard let value = self[key], value.plain != nil else {
            if let other { return try number(other, &batch) }
            return nil
        }
        return try value.number(&batch)
    }

    /// The number under this key; nil also where it is 0, which stands for none.
    func numberAboveZero(
        _ key: StaticString, _ batch: inout EventBatch
    ) throws(DecodingFailure) -> DecimalText? {
        guard let number = try number(key, &batch), !number.isZero else { return nil }
        return number
    }

    /// The time under the first of these keys that has one: `null`, an empty text and 0 are none.
    func time(_ keys: StaticString...) throws(DecodingFailure) -> Int64? {
        for key in keys {
            guard let value = self[key], value.plain != nil else { continue }
            let time = try value.time()
            if time != 0 { return time }
        }
        return nil
    }

    /// The flag under the first of these keys that is there.
    func flag(_ keys: StaticString...) throws(DecodingFailure) -> Bool? {
        for key in keys {
            if let value = self[key] { return try value.flag() }
        }
        return nil
    }

    /// The elements of the array under this key; none where there is none.
    func list(_ key: StaticString) throws(DecodingFailure) -> [JSONValue] {
        guard let value = self[key] else { return [] }
        return try value.elements()
    }

    /// Text or digits under this key; nil where there is none, `null` or an empty text.
    func plain(_ key: StaticString) -> TextSlice? { self[key]?.plain }
}

extension JSONValue {
    /// The bytes of the value.
    var bytes: UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: cursor.at, count: end - cursor.at)
    }
    /// Where the value starts, counted from the start of the message.
    var offset: Int { cursor.at - cursor.start }
}

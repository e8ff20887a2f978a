// The members of one JSON object by a list of names: none twice, none missing, none besides.

import MartletModel

/// Where the values of an object stand, and how they are read as what they should be.
struct EnvelopeFields {
    /// At most so many names in a list.
    static let namesMax = 17

    private var scanner: JSONScanner
    private let names: [StaticString]
    private let prefix: String
    private var starts = InlineArray<17, UnsafePointer<UInt8>?>(repeating: nil)

    /// Takes an object off the scanner.
    ///
    /// - Parameters:
    ///   - names: Its keys; those from `optionalFrom` on may be missing.
    ///   - prefix: What stands before a name in a failure, such as `data.`.
    init(
        _ scanner: inout JSONScanner, _ names: [StaticString], optionalFrom: Int,
        prefix: String
    ) throws(EnvelopeFailure) {
        precondition(names.count <= Self.namesMax, "the list fits")
        self.scanner = scanner
        self.names = names
        self.prefix = prefix
        let path = prefix.isEmpty ? "" : String(prefix.dropLast())
        do throws(DecodingFailure) {
            try scanner.take(UInt8(ascii: "{"))
        } catch { throw EnvelopeFailure(path, "not an object", at: error.offset) }
        var isFirst = true
        while true {
            let place: Int
            do throws(DecodingFailure) {
                let key = try scanner.member(isFirst: isFirst)
                if key == JSONScanner.endOfObject { break }
                isFirst = false
                place = names.firstIndex { EnvelopeFields.matches($0, key, scanner) } ?? -1
            } catch { throw EnvelopeFailure(path, error.code.words, at: error.offset) }
            let offset = scanner.at - scanner.start
            guard place >= 0 else { throw EnvelopeFailure(path, "unknown key before", at: offset) }
            guard starts[place] == nil else {
                throw EnvelopeFailure("\(prefix)\(names[place])", "stands twice", at: offset)
            }
            scanner.skipBlanks()
            starts[place] = scanner.at
            do throws(DecodingFailure) { try scanner.skipValue() } catch {
                throw EnvelopeFailure(
                    "\(prefix)\(names[place])", error.code.words, at: error.offset)
            }
        }
        for place in 0..<optionalFrom where starts[place] == nil {
            throw EnvelopeFailure(
                "\(prefix)\(names[place])", "is missing", at: scanner.at - scanner.start)
        }
    }

    private static func matches(
        _ name: StaticString, _ key: UInt64, _ scanner: JSONScanner
    ) -> Bool {
        if name.utf8CodeUnitCount <= 7 { return key == JSONScanner.key(name) }
        return key == JSONScanner.longKey && scanner.keyIs(name)
    }

    /// A failure of the value at `place`.
    func failure(_ place: Int, _ reason: String) -> EnvelopeFailure {
        let start = starts[place] ?? scanner.start
        return EnvelopeFailure("\(prefix)\(names[place])", reason, at: start - scanner.start)
    }

    /// Whether there is a value at `place`.
    func has(_ place: Int) -> Bool { starts[place] != nil }

    /// A cursor before the value, or nil where it is `null` or not there.
    func cursor(_ place: Int) -> JSONScanner? {
        guard let start = starts[place], start.pointee != UInt8(ascii: "n") else { return nil }
        var cursor = scanner
        cursor.at = start
        return cursor
    }

    /// Reads a value with `read`; nil for `null`.
    private func value<Value>(
        _ place: Int, _ expected: String,
        _ read: (inout JSONScanner) throws(DecodingFailure) -> Value
    ) throws(EnvelopeFailure) -> Value? {
        guard var cursor = cursor(place) else { return nil }
        do throws(DecodingFailure) { return try read(&cursor) } catch {
            throw failure(place, "is not \(expected)")
        }
    }

    /// A value that may not be `null`.
    func present<Value>(_ place: Int, _ value: Value?) throws(EnvelopeFailure) -> Value {
        guard let value else { throw failure(place, "is null") }
        return value
    }

    /// A text, escapes not resolved.
    func text(_ place: Int) throws(EnvelopeFailure) -> TextSlice? {
        try value(place, "a string") { cursor throws(DecodingFailure) in try cursor.text() }
    }

    /// A decimal number in quotes.
    func decimal(_ place: Int) throws(EnvelopeFailure) -> DecimalText? {
        try value(place, "a string of plain decimal digits") { cursor throws(DecodingFailure) in
            guard cursor.peek() == UInt8(ascii: "\"") else { throw cursor.failure(.badDecimal) }
            return try cursor.decimal()
        }
    }

    /// A whole number, also below 0.
    func integer(_ place: Int) throws(EnvelopeFailure) -> Int64? {
        try value(place, "a whole number of at most 64 bits") {
            cursor throws(DecodingFailure) in
            guard cursor.peek() == UInt8(ascii: "-") else { return try cursor.integer() }
            cursor.at += 1
            guard cursor.peek() != UInt8(ascii: "0") else { throw cursor.failure(.badInteger) }
            var value: Int64 = 0
            var digits = 0
            while cursor.peek() &- 48 <= 9 {
                let (scaled, overflow) = value.multipliedReportingOverflow(by: 10)
                let (sum, carry) = scaled.subtractingReportingOverflow(Int64(cursor.peek() - 48))
                guard !overflow, !carry else { throw cursor.failure(.badInteger) }
                value = sum
                digits += 1
                cursor.at += 1
            }
            let next = cursor.peek()
            guard digits > 0, next != UInt8(ascii: "."), next | 0x20 != UInt8(ascii: "e") else {
                throw cursor.failure(.badInteger)
            }
            return value
        }
    }

    /// A whole number that is not negative: a time, a count.
    func natural(_ place: Int) throws(EnvelopeFailure) -> Int64? {
        try value(place, "a whole number from 0 on") { cursor throws(DecodingFailure) in
            try cursor.integer()
        }
    }

    /// `true` or `false`.
    func flag(_ place: Int) throws(EnvelopeFailure) -> Bool? {
        try value(place, "true or false") { cursor throws(DecodingFailure) in try cursor.flag() }
    }

    /// One of a list of words.
    func word<Word: RawRepresentable & CaseIterable>(
        _ place: Int, _ type: Word.Type
    ) throws(EnvelopeFailure) -> Word? where Word.RawValue == String {
        guard let text = try text(place) else { return nil }
        guard let word = Word(rawValue: text.string) else {
            let known = Word.allCases.map(\.rawValue).joined(separator: ", ")
            throw failure(place, "is none of \(known)")
        }
        return word
    }

    /// `buy` or `sell`.
    func side(_ place: Int) throws(EnvelopeFailure) -> Side? {
        guard let text = try text(place) else { return nil }
        if text.equals("buy") { return .buy }
        if text.equals("sell") { return .sell }
        throw failure(place, "is none of buy, sell")
    }

    /// A length of time such as `8h`.
    func interval(_ place: Int) throws(EnvelopeFailure) -> BarInterval? {
        guard let text = try text(place) else { return nil }
        guard let interval = BarInterval(text.string) else {
            throw failure(place, "is no interval such as 1m or 8h")
        }
        return interval
    }

    /// Levels `[["price","quantity"],…]`, appended to `levels`.
    func levels(
        _ place: Int, into levels: inout GrowingBuffer<BookLevel>
    ) throws(EnvelopeFailure) -> LevelRange {
        let first = levels.count
        guard var cursor = cursor(place) else { throw failure(place, "is null") }
        do throws(DecodingFailure) {
            try cursor.take(UInt8(ascii: "["))
            if cursor.takeIf(UInt8(ascii: "]")) { return LevelRange(first: first, count: 0) }
            repeat {
                try cursor.take(UInt8(ascii: "["))
                guard cursor.nextIs(UInt8(ascii: "\"")) else { throw cursor.failure(.badDecimal) }
                let price = try cursor.decimal()
                try cursor.take(UInt8(ascii: ","))
                guard cursor.nextIs(UInt8(ascii: "\"")) else { throw cursor.failure(.badDecimal) }
                let quantity = try cursor.decimal()
                try cursor.take(UInt8(ascii: "]"))
                levels.append(BookLevel(price: price, quantity: quantity))
            } while cursor.takeIf(UInt8(ascii: ","))
            try cursor.take(UInt8(ascii: "]"))
        } catch {
            throw EnvelopeFailure(
                "\(prefix)\(names[place])", "is no list of [\"price\",\"quantity\"]",
                at: error.offset)
        }
        return LevelRange(first: first, count: levels.count - first)
    }
}

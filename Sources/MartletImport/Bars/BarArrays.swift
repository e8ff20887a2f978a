// Bars as a JSON array of arrays, `[[time, open, high, low, close, volume], …]`, pushed in as bytes.

import MartletModel

/// Reads `[[…], …]` from bytes pushed in pieces of any size; numbers keep their digits, and may be
/// strings. Elements beyond those of the columns are skipped. Memory: one row of short fields.
struct BarArrays {
    private enum State {
        case beforeArray
        case beforeFirstRow
        case beforeRow
        case beforeFirstField
        case beforeField
        case inNumber
        case inString
        case afterField
        case afterRow
        case afterArray
    }

    /// The longest field; no time, price or volume is longer.
    private static let fieldBytesMax = 64
    /// The most fields of a row.
    private static let fieldsMax = 64

    private let name: String
    private let columns: BarColumns
    private var state = State.beforeArray
    private var offset = 0
    /// Bars begun.
    private(set) var row = 0
    private var text: [UInt8] = []
    private var fields: [Range<Int>] = []
    private var fieldStart = 0

    init(name: String, columns: BarColumns?) {
        self.name = name
        self.columns = columns ?? .archive
    }

    /// Takes in the next bytes of the file.
    mutating func push(_ bytes: UnsafeRawBufferPointer, into bars: inout BarAccumulator)
        throws(Failure)
    {
        for byte in bytes {
            offset += 1
            try take(byte, into: &bars)
        }
    }

    /// The file has ended.
    func finish() throws(Failure) {
        guard state == .afterArray else {
            throw failure("the file ends within the array after \(row) bars: it was cut off")
        }
    }

    private mutating func take(_ byte: UInt8, into bars: inout BarAccumulator) throws(Failure) {
        let isBlank = byte == 32 || byte == 10 || byte == 13 || byte == 9
        switch state {
        case .inNumber:
            if isNumberByte(byte) { return try append(byte) }
            endField()
            state = .afterField
            return try take(byte, into: &bars)
        case .inString:
            if byte == 34 {
                endField()
                state = .afterField
                return
            }
            guard byte >= 32, byte < 127, byte != 92 else { throw unexpected(byte) }
            return try append(byte)
        default:
            if isBlank { return }
        }
        switch (state, byte) {
        case (.beforeArray, 91): state = .beforeFirstRow
        case (.beforeFirstRow, 91), (.beforeRow, 91): beginRow()
        case (.beforeFirstRow, 93), (.afterRow, 93): state = .afterArray
        case (.afterRow, 44): state = .beforeRow
        case (.beforeFirstField, 93), (.afterField, 93):
            try endRow(into: &bars)
            state = .afterRow
        case (.afterField, 44): state = .beforeField
        case (.beforeFirstField, _), (.beforeField, _): try beginField(byte)
        default: throw unexpected(byte)
        }
    }

    private func isNumberByte(_ byte: UInt8) -> Bool {
        (byte >= 48 && byte <= 57) || byte == 46 || byte == 45 || byte == 43 || byte == 101
            || byte == 69
    }

    private mutating func beginRow() {
        row += 1
        text.removeAll(keepingCapacity: true)
        fields.removeAll(keepingCapacity: true)
        state = .beforeFirstField
    }

    private mutating func beginField(_ byte: UInt8) throws(Failure) {
        guard fields.count < Self.fieldsMax else {
            throw failure("bar \(row) has more than \(Self.fieldsMax) fields")
        }
        fieldStart = text.count
        if byte == 34 {
            state = .inString
        } else {
            guard isNumberByte(byte) else { throw unexpected(byte) }
            state = .inNumber
            try append(byte)
        }
    }

    private mutating func append(_ byte: UInt8) throws(Failure) {
        guard text.count - fieldStart < Self.fieldBytesMax else {
            throw failure(
                "a field of bar \(row) is longer than \(Self.fieldBytesMax) characters")
        }
        text.append(byte)
    }

    private mutating func endField() { fields.append(fieldStart..<text.count) }

    private mutating func endRow(into bars: inout BarAccumulator) throws(Failure) {
        guard fields.count >= columns.columnsMin else {
            throw failure(
                "bar \(row) has \(fields.count) fields where at least \(columns.columnsMin) are needed "
                    + "(time, open, high, low, close, volume; or say them with --columns)")
        }
        let (number, end, fields, columns) = (row, offset, fields, columns)
        let result = text.withUnsafeBytes { bytes -> Result<Void, Failure> in
            func field(_ column: BarColumn) -> Slice<UnsafeRawBufferPointer>? {
                columns.position(column).map { bytes[fields[$0]] }
            }
            guard let time = field(.time), let open = field(.open), let high = field(.high),
                let low = field(.low), let close = field(.close)
            else { preconditionFailure("BarColumns always has the five columns of a bar") }
            let row = BarFields(
                time: time, open: open, high: high, low: low, close: close, volume: field(.volume))
            do throws(Failure) {
                try bars.add(row, place: "bar \(number) (ends at byte \(end))")
                return .success(())
            } catch { return .failure(error) }
        }
        try result.get()
    }

    private func unexpected(_ byte: UInt8) -> Failure {
        let shown =
            byte >= 33 && byte < 127
            ? "'\(String(UnicodeScalar(byte)))'" : "byte \(byte)"
        return failure(
            "unexpected \(shown); bars in JSON are an array of arrays of numbers, "
                + "[[time, open, high, low, close, volume], …]")
    }

    private func failure(_ text: String) -> Failure {
        Failure(.integrity, "\(name): byte \(offset): \(text)")
    }
}

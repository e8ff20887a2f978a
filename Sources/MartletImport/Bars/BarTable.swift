// Bar tables as text: comma, semicolon or tab separated lines, pushed in as bytes arrive.

import MartletModel

/// Reads a bar table from bytes pushed in pieces of any size. Memory: one line.
struct BarTable {
    /// The longest line; longer ones are not bar tables.
    static let lineBytesMax = 65_536

    private let name: String
    private var columns: BarColumns?
    private let columnsAreGiven: Bool
    private var separator: UInt8 = 44
    private var hasSeenFirstLine = false
    private var carry: [UInt8] = []
    /// Lines read.
    private(set) var lineNumber = 0
    private var fields: [Range<Int>] = []
    private var fieldCount = 0
    private var isAtEnd = false
    private var end = TableEnd()

    init(name: String, columns: BarColumns?) {
        self.name = name
        self.columns = columns
        columnsAreGiven = columns != nil
    }

    /// Takes in the next bytes of the file.
    mutating func push(_ bytes: UnsafeRawBufferPointer, into bars: inout BarAccumulator)
        throws(Failure)
    {
        var start = 0
        for index in bytes.indices where bytes[index] == 10 {
            if carry.isEmpty {
                try take(UnsafeRawBufferPointer(rebasing: bytes[start..<index]), into: &bars)
            } else {
                carry.append(contentsOf: bytes[start..<index])
                try takeCarry(into: &bars)
            }
            start = index + 1
        }
        guard carry.count + bytes.count - start <= Self.lineBytesMax else {
            throw failure(
                lineNumber + 1,
                "the line is longer than \(Self.lineBytesMax) bytes: this is not a bar table")
        }
        carry.append(contentsOf: bytes[start...])
    }

    /// Takes in a last line without a line feed.
    mutating func finish(into bars: inout BarAccumulator) throws(Failure) {
        isAtEnd = true
        if !carry.isEmpty { try takeCarry(into: &bars) }
    }

    private mutating func takeCarry(into bars: inout BarAccumulator) throws(Failure) {
        let line = carry
        carry.removeAll(keepingCapacity: true)
        let result = line.withUnsafeBytes { bytes -> Result<Void, Failure> in
            do throws(Failure) {
                return .success(try take(bytes, into: &bars))
            } catch { return .failure(error) }
        }
        try result.get()
    }

    private mutating func take(_ raw: UnsafeRawBufferPointer, into bars: inout BarAccumulator)
        throws(Failure)
    {
        lineNumber += 1
        guard raw.count <= Self.lineBytesMax else {
            throw failure(
                lineNumber,
                "the line is longer than \(Self.lineBytesMax) bytes: this is not a bar table"
            )
        }
        var end = raw.count
        if end > 0, raw[end - 1] == 13 { end -= 1 }
        var start = 0
        // A byte order mark before the first line says nothing.
        if lineNumber == 1, end >= 3, raw[0] == 0xEF, raw[1] == 0xBB, raw[2] == 0xBF { start = 3 }
        let line = raw[start..<end]
        guard line.contains(where: { $0 != 32 && $0 != 9 }) else { return }
        if !hasSeenFirstLine {
            hasSeenFirstLine = true
            if try readFirst(line) { return }
        } else {
            split(line)
        }
        try addRow(raw, into: &bars)
    }

    /// Learns separator and columns from the first line that is not blank; true when it is a header.
    private mutating func readFirst(_ line: Slice<UnsafeRawBufferPointer>) throws(Failure) -> Bool {
        if !line.contains(44) { separator = line.contains(59) ? 59 : 9 }
        split(line)
        let names = fields.map { String(decoding: line.base[$0], as: UTF8.self) }
        let isHeader = !fields.contains { (try? NumberText(line.base[$0])) != nil }  // text only
        if isHeader {
            if columns != nil { return true }
            columns = try BarColumns(header: names, place: "\(name): line \(lineNumber)")
            if columns != nil { return true }
            throw failure(
                lineNumber,
                "the header names no time, open, high, low and close; say what the columns are with "
                    + "--columns, for example --columns time,open,high,low,close,volume")
        }
        if columns == nil, isBinanceArchive(line) { columns = .archive }
        guard columns != nil else {
            throw failure(
                lineNumber,
                "no header, and the order of the columns cannot be told from the numbers; say it with "
                    + "--columns, for example --columns time,open,high,low,close,volume")
        }
        return false
    }

    /// Whether a line is of a Binance kline archive: twelve columns, the seventh ends what the
    /// first begins.
    private func isBinanceArchive(_ line: Slice<UnsafeRawBufferPointer>) -> Bool {
        guard fields.count == 12,
            let begin = Int64(String(decoding: line.base[fields[0]], as: UTF8.self)),
            let end = Int64(String(decoding: line.base[fields[6]], as: UTF8.self)),
            let unit = EpochUnit(magnitude: begin), unit == EpochUnit(magnitude: end)
        else { return false }
        return end > begin
    }

    private mutating func addRow(_ raw: UnsafeRawBufferPointer, into bars: inout BarAccumulator)
        throws(Failure)
    {
        guard let columns else { return }
        guard fields.count >= columns.columnsMin else {
            throw failure(
                lineNumber,
                "\(fields.count) fields where at least \(columns.columnsMin) are needed"
                    + (columnsAreGiven ? " by --columns" : "")
                    + "; the line is damaged or of another table")
        }
        guard !isAtEnd || fields.count >= fieldCount,
            end.admits(raw[fields[fields.count - 1]], isLast: isAtEnd)
        else {
            throw failure(
                lineNumber,
                "the last line is cut off; fetch the file again, or end the line with a line feed "
                    + "if it is whole")
        }
        fieldCount = fields.count
        func field(_ column: BarColumn) -> Slice<UnsafeRawBufferPointer>? {
            columns.position(column).map { raw[fields[$0]] }
        }
        guard let time = field(.time), let open = field(.open), let high = field(.high),
            let low = field(.low), let close = field(.close)
        else { preconditionFailure("BarColumns always has the five columns of a bar") }
        let number = lineNumber
        try bars.add(
            BarFields(
                time: time, open: open, high: high, low: low, close: close, volume: field(.volume)),
            place: "line \(number)")
    }

    /// Splits a line into fields, without surrounding blanks and quotes.
    private mutating func split(_ line: Slice<UnsafeRawBufferPointer>) {
        fields.removeAll(keepingCapacity: true)
        var start = line.startIndex
        for index in line.indices where line[index] == separator {
            fields.append(trimmed(line, start..<index))
            start = index + 1
        }
        fields.append(trimmed(line, start..<line.endIndex))
    }

    private func trimmed(_ line: Slice<UnsafeRawBufferPointer>, _ range: Range<Int>) -> Range<Int> {
        var start = range.lowerBound
        var end = range.upperBound
        while start < end, line[start] == 32 { start += 1 }
        while end > start, line[end - 1] == 32 { end -= 1 }
        if end - start >= 2, line[start] == 34, line[end - 1] == 34 {
            start += 1
            end -= 1
        }
        return start..<end
    }

    private func failure(_ line: Int, _ text: String) -> Failure {
        Failure(.integrity, "\(name): line \(line): \(text)")
    }
}

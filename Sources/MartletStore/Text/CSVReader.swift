// Comma-separated values in: one record per line, fields as views into the line.

public import MartletModel

/// Reads CSV records from plain, gzip or zstd text: quoted fields with doubled quotes, CRLF and
/// blank lines are understood; a quoted field cannot span lines.
public struct CSVReader: ~Copyable {
    /// Records of more fields than this are refused.
    public static let fieldCountMax = 4096

    private let lines: LineReader
    private let separator: UInt8
    private var spans: [(start: Int, count: Int)] = []
    private var line = UnsafeRawBufferPointer(start: nil, count: 0)
    private var unquoted: UnsafeMutableRawBufferPointer?

    /// Opens `path`; see ``LineReader/init(path:acceptTorn:)`` for what is refused.
    public init(
        path: String, separator: UInt8 = UInt8(ascii: ","), acceptTorn: Bool = false
    ) throws(Failure) {
        lines = try LineReader(path: path, acceptTorn: acceptTorn)
        self.separator = separator
    }

    deinit { unquoted?.deallocate() }

    /// The file, as the user named it.
    public var path: String { lines.path }
    /// The number of the last line read, blank lines included, counted from 1.
    public var lineNumber: Int64 { lines.lineNumber }
    /// What was lost at the end of a torn file.
    public var cut: CutTail? { lines.cut }
    /// How many fields the record has.
    public var fieldCount: Int { spans.count }

    /// Moves to the next record; false at the end.
    public mutating func next() throws(Failure) -> Bool {
        while let bytes = try lines.next() {
            if bytes.isEmpty { continue }
            line = bytes
            // A byte order mark before the first field is no part of it.
            if lines.lineNumber == 1, bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
                line = UnsafeRawBufferPointer(rebasing: bytes.dropFirst(3))
            }
            try split()
            return true
        }
        spans.removeAll(keepingCapacity: true)
        return false
    }

    /// The bytes of a field of the current record, unquoted; valid until ``next()``. `index` must
    /// be below ``fieldCount``.
    public func bytes(_ index: Int) -> UnsafeRawBufferPointer {
        let span = spans[index]
        return UnsafeRawBufferPointer(rebasing: line[span.start..<(span.start + span.count)])
    }

    /// A field of the current record as text. `index` must be below ``fieldCount``.
    public func text(_ index: Int) -> String { String(decoding: bytes(index), as: UTF8.self) }

    /// All fields of the current record as text.
    public var fields: [String] {
        var texts: [String] = []
        for index in 0..<fieldCount { texts.append(text(index)) }
        return texts
    }

    /// A failure about the current record: ``FailureKind/integrity`` naming file and line.
    public func failure(_ message: String) -> Failure { lines.failure(message) }

    private mutating func split() throws(Failure) {
        spans.removeAll(keepingCapacity: true)
        if line.contains(UInt8(ascii: "\"")) { return try splitQuoted() }
        var start = 0
        for index in 0..<line.count where line[index] == separator {
            spans.append((start, index - start))
            start = index + 1
        }
        spans.append((start, line.count - start))
        if spans.count > Self.fieldCountMax { throw failure("has more than 4096 fields") }
    }

    /// The slow path: copies the line, without quotes, to a buffer of its own.
    private mutating func splitQuoted() throws(Failure) {
        unquoted?.deallocate()
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: line.count, alignment: 8)
        unquoted = copy
        var written = 0
        var start = 0
        var isQuoted = false
        var index = 0
        while index < line.count {
            let byte = line[index]
            index += 1
            if isQuoted {
                if byte != UInt8(ascii: "\"") {
                    copy[written] = byte
                    written += 1
                } else if index < line.count, line[index] == UInt8(ascii: "\"") {
                    copy[written] = byte
                    written += 1
                    index += 1
                } else {
                    isQuoted = false
                    guard index == line.count || line[index] == separator else {
                        throw failure("has text after the closing quote of a field")
                    }
                }
            } else if byte == UInt8(ascii: "\""), written == start {
                isQuoted = true
            } else if byte == separator {
                spans.append((start, written - start))
                start = written
                if spans.count > Self.fieldCountMax { throw failure("has more than 4096 fields") }
            } else {
                copy[written] = byte
                written += 1
            }
        }
        if isQuoted { throw failure("has a quote that is not closed on the same line") }
        spans.append((start, written - start))
        line = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(copy)[..<written])
    }
}

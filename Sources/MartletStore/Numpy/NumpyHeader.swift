// The header of a NumPy array file: what it says, and its bytes.

public import MartletModel

/// One field of a structured array, or the whole element of a plain one (with an empty name).
public struct NumpyField: Hashable, Sendable {
    /// The field's name.
    public let name: String
    /// The element type as NumPy spells it, for example `<i8`.
    public let type: String

    /// A field.
    public init(_ name: String, _ type: String) {
        self.name = name
        self.type = type
    }

    /// Bytes of one element, or nil for a type that is not a little-endian number of 1 to 8 bytes.
    public var size: Int? {
        switch type {
        case "|i1", "|u1", "|b1", "i1", "u1", "<i1", "<u1": return 1
        case "<i2", "<u2", "<f2": return 2
        case "<i4", "<u4", "<f4": return 4
        case "<i8", "<u8", "<f8": return 8
        default: return nil
        }
    }

    /// Whether both are the same type, however NumPy spells single bytes.
    public func hasSameType(as other: NumpyField) -> Bool {
        func plain(_ type: String) -> String { type.hasSuffix("1") ? String(type.suffix(2)) : type }
        return plain(type) == plain(other.type)
    }
}

/// What the header of a `.npy` file says: one-dimensional arrays of fixed-size elements.
public struct NumpyHeader: Hashable, Sendable {
    /// The longest header text that is read: 64 KiB.
    public static let textLengthMax = 1 << 16
    /// The six bytes that every `.npy` file begins with.
    static let magic: [UInt8] = [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59]

    /// Fields in the order of their bytes; one with an empty name for a plain array.
    public let fields: [NumpyField]
    /// The number of elements.
    public let rows: Int
    /// Major version of the format: 1, 2 or 3.
    public let version: UInt8
    /// Where the elements begin, in bytes from the start of the header.
    public let dataOffset: Int

    /// A version 1 header for `rows` elements.
    public init(fields: [NumpyField], rows: Int) {
        self.fields = fields
        self.rows = rows
        version = 1
        dataOffset = 0
    }

    init(fields: [NumpyField], rows: Int, version: UInt8, dataOffset: Int) {
        self.fields = fields
        self.rows = rows
        self.version = version
        self.dataOffset = dataOffset
    }

    /// Bytes of one element; fields lie side by side without padding.
    public var rowSize: Int { fields.reduce(0) { $0 + ($1.size ?? 0) } }

    /// Where a field begins within an element, or nil where there is no such field.
    public func offset(of name: String) -> Int? {
        var offset = 0
        for field in fields {
            if field.name == name { return offset }
            offset += field.size ?? 0
        }
        return nil
    }

    /// The element type as NumPy spells it.
    public var typeText: String {
        if fields.count == 1, fields[0].name.isEmpty { return "'\(fields[0].type)'" }
        let items = fields.map { "('\($0.name)', '\($0.type)')" }
        return "[" + items.joined(separator: ", ") + (items.count == 1 ? ",]" : "]")
    }

    /// The header as a version 1 file begins, padded with blanks to exactly `length` bytes, a
    /// multiple of 64 that holds it (a precondition).
    public func bytes(length: Int) -> [UInt8] {
        let text = "{'descr': \(typeText), 'fortran_order': False, 'shape': (\(rows),), }"
        var bytes = Self.magic + [1, 0, UInt8((length - 10) & 255), UInt8((length - 10) >> 8)]
        bytes += Array(text.utf8)
        precondition(bytes.count < length, "a header holds its own text")
        bytes += [UInt8](repeating: 32, count: length - 1 - bytes.count) + [10]
        return bytes
    }

    /// Reads a header from the first bytes of a file.
    ///
    /// - Parameters:
    ///   - bytes: At least the whole header; more does no harm.
    ///   - name: The file, for messages.
    /// - Throws: ``FailureKind/integrity`` for anything that is not a header of version 1, 2 or 3
    ///   of a one-dimensional, little-endian array of numbers.
    public init(parsing bytes: UnsafeRawBufferPointer, name: String) throws(Failure) {
        func refuse(_ words: String) -> Failure {
            Failure(.integrity, "\(name): \(words); write the file again")
        }
        guard bytes.count >= 10, bytes.starts(with: Self.magic) else {
            throw refuse("does not begin like a NumPy array (byte 0)")
        }
        let version = bytes[6]
        guard (1...3).contains(version), bytes[7] == 0 else {
            throw refuse(
                "has NumPy format version \(version).\(bytes[7]), which is not known (byte 6)")
        }
        let prefix = version == 1 ? 10 : 12
        guard bytes.count >= prefix else { throw refuse("ends inside its header (byte 8)") }
        var length = Int(bytes[8]) | Int(bytes[9]) << 8
        if version > 1 { length |= Int(bytes[10]) << 16 | Int(bytes[11]) << 24 }
        guard length <= Self.textLengthMax else {
            throw refuse("has a header of \(length) bytes, more than 65536 (byte 8)")
        }
        guard bytes.count >= prefix + length else { throw refuse("ends inside its header") }
        let text = UnsafeRawBufferPointer(rebasing: bytes[prefix..<(prefix + length)])
        var parser = NumpyHeaderParser(text)
        guard let found = parser.parse() else {
            throw refuse("has a damaged header near byte \(prefix + parser.position)")
        }
        guard !found.isFortranOrder || found.shape.count <= 1 else {
            throw refuse("is in Fortran order")
        }
        guard found.shape.count == 1, let rows = Int(exactly: found.shape[0]) else {
            throw refuse("has \(found.shape.count) dimensions, expected 1")
        }
        for field in found.fields where field.size == nil {
            throw refuse("has a field '\(field.name)' of type '\(field.type)', which is not known")
        }
        let rowSize = found.fields.reduce(0) { $0 + ($1.size ?? 0) }
        guard rowSize > 0, rows <= (1 << 56) / rowSize else {
            throw refuse("claims \(rows) rows of \(rowSize) bytes, which no file can hold")
        }
        self.init(
            fields: found.fields, rows: rows, version: version, dataOffset: prefix + length)
    }
}

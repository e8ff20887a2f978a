// Structured NumPy arrays in, from `.npz` archives or `.npy` files, row by row in bounded memory.

public import MartletModel

/// Streams the rows of one array of a `.npz` archive, or of a plain `.npy` file.
///
/// Members may be stored or deflated, with or without zip64. Sizes and CRC-32 are checked; memory
/// is about 300 KB whatever the archive claims.
public final class NumpyArrayReader {
    /// The file, as the user named it.
    public let path: String
    /// Fields and row count.
    public let header: NumpyHeader
    /// How many rows were read so far.
    public private(set) var rowsRead = 0

    private let member: MemberReader

    /// Opens the array `key` of the archive at `path`; for a `.npy` file `key` does not matter.
    ///
    /// - Throws: ``FailureKind/notFound`` where there is no such file, ``FailureKind/failure`` for
    ///   directories and permissions, ``FailureKind/integrity`` for everything inside the file, a
    ///   missing `key` included.
    public init(path: String, key: String = "data") throws(Failure) {
        self.path = path
        let file = try InputFile(path: path)
        guard file.isRegular else {
            throw Failure(.failure, "\(path): is not a regular file; name a .npz or .npy file")
        }
        guard file.size > 0 else {
            throw Failure(.integrity, "\(path): is empty (0 bytes); fetch it again")
        }
        var magic = [UInt8](repeating: 0, count: min(6, file.size))
        try Self.read(&magic, of: file)
        if magic == NumpyHeader.magic {
            member = MemberReader(plain: file)
        } else {
            let directory = try ZipDirectory(file)
            let keys = directory.entries.map(\.name)
            guard let entry = directory.entries.first(where: { $0.name == key + ".npy" }) else {
                throw Failure(
                    .integrity,
                    "\(path): has no array '\(key)'; it has \(keys.joined(separator: ", "))")
            }
            member = try MemberReader(file, entry, dataOffset: directory.dataOffset(of: entry))
        }
        header = try Self.readHeader(of: member, path: path)
        let wanted = header.dataOffset + header.rows * header.rowSize
        guard member.size == wanted else {
            throw Failure(
                .integrity,
                "\(path): \(header.rows) rows need \(wanted) bytes, there are \(member.size); "
                    + "write or fetch it again")
        }
    }

    /// Checks that the array has exactly these fields, in this order.
    public func require(_ fields: [NumpyField]) throws(Failure) {
        let isSame =
            header.fields.count == fields.count
            && zip(header.fields, fields).allSatisfy {
                $0.name == $1.name && $0.hasSameType(as: $1)
            }
        guard isSame else {
            throw Failure(
                .integrity,
                "\(path): its elements are \(header.typeText), expected "
                    + NumpyHeader(fields: fields, rows: 0).typeText)
        }
    }

    /// Fills `target` with the next whole rows; returns how many, 0 at the end. `target` holds at
    /// least one row (a precondition).
    public func read(into target: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
        precondition(target.count >= header.rowSize, "there is room for a row")
        let count = min(header.rows - rowsRead, target.count / header.rowSize)
        if count == 0 {
            try member.finish()
            return 0
        }
        let bytes = UnsafeMutableRawBufferPointer(rebasing: target[..<(count * header.rowSize)])
        try member.read(exactly: bytes)
        rowsRead += count
        if rowsRead == header.rows { try member.finish() }
        return count
    }

    private static func readHeader(
        of member: MemberReader, path: String
    ) throws(Failure) -> NumpyHeader {
        var bytes = [UInt8](repeating: 0, count: 12)
        try readExactly(&bytes, from: 0, of: member)
        let isFirstVersion = bytes[6] == 1
        let length =
            isFirstVersion
            ? 10 + (Int(bytes[8]) | Int(bytes[9]) << 8)
            : 12
                + (Int(bytes[8]) | Int(bytes[9]) << 8 | Int(bytes[10]) << 16 | Int(bytes[11]) << 24)
        // Longer ones are refused by the parser, which needs no more than their beginning.
        let wanted = min(length, NumpyHeader.textLengthMax + 12)
        if wanted > bytes.count, bytes.starts(with: NumpyHeader.magic) {
            let already = bytes.count
            bytes += [UInt8](repeating: 0, count: wanted - already)
            try readExactly(&bytes, from: already, of: member)
        }
        var result: Result<NumpyHeader, Failure>?
        bytes.withUnsafeBytes { raw in
            do throws(Failure) {
                result = .success(try NumpyHeader(parsing: raw, name: path))
            } catch { result = .failure(error) }
        }
        guard let result else { preconditionFailure("the closure above has run") }
        return try result.get()
    }

    private static func readExactly(
        _ bytes: inout [UInt8], from start: Int, of member: MemberReader
    ) throws(Failure) {
        var problem: Failure?
        bytes.withUnsafeMutableBytes { raw in
            do throws(Failure) {
                try member.read(exactly: UnsafeMutableRawBufferPointer(rebasing: raw[start...]))
            } catch { problem = error }
        }
        if let problem { throw problem }
    }

    private static func read(_ bytes: inout [UInt8], of file: InputFile) throws(Failure) {
        var problem: Failure?
        bytes.withUnsafeMutableBytes { raw in
            do throws(Failure) { _ = try file.read(into: raw, at: 0) } catch { problem = error }
        }
        if let problem { throw problem }
    }
}

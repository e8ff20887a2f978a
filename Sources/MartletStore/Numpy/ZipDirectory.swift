// The table of contents of a zip archive, read without trusting it.

import MartletModel

/// One member of a zip archive.
struct ZipEntry {
    /// How the member is compressed.
    enum Method: UInt16 {
        case stored = 0
        case deflated = 8
    }

    var name: String
    var method: Method
    var crc: UInt32
    var compressedSize: Int
    var size: Int
    var headerOffset: Int
}

/// Reads the central directory of a zip archive, with or without zip64.
struct ZipDirectory {
    /// Archives of more members than this are refused.
    static let entryCountMax = 1024
    /// Directories of more bytes than this are refused.
    static let sizeMax = 1 << 20

    private(set) var entries: [ZipEntry] = []
    /// Where the directory begins; members end before it.
    private(set) var offset = 0
    private let file: InputFile

    /// Reads the directory of `file`.
    init(_ file: InputFile) throws(Failure) {
        self.file = file
        guard file.isRegular, file.size >= 22 else { throw damaged("is no zip archive", at: 0) }
        let tailSize = min(file.size, 65_557)
        let tailOffset = file.size - tailSize
        let tail = try bytes(at: tailOffset, count: tailSize)
        guard
            let end = stride(from: tailSize - 22, through: 0, by: -1).first(where: {
                tail.number(at: $0, size: 4) == 0x0605_4B50
                    && $0 + 22 + tail.number(at: $0 + 20, size: 2) == tailSize
            })
        else { throw damaged("has no zip directory: it is cut off or no archive", at: file.size) }
        var count = tail.number(at: end + 10, size: 2)
        var size = tail.number(at: end + 12, size: 4)
        offset = tail.number(at: end + 16, size: 4)
        if count == 0xFFFF || size == 0xFFFF_FFFF || offset == 0xFFFF_FFFF {
            (count, size, offset) = try zip64End(tailOffset + end)
        }
        guard count <= Self.entryCountMax, size <= Self.sizeMax, offset >= 0, size >= 0,
            offset <= file.size - size
        else { throw damaged("has an impossible zip directory", at: tailOffset + end) }
        try readEntries(bytes(at: offset, count: size), count: count)
    }

    /// Count, size and offset from the zip64 record that stands before the end record.
    private func zip64End(_ end: Int) throws(Failure) -> (Int, Int, Int) {
        guard end >= 20 else { throw damaged("has no zip64 locator", at: end) }
        let locator = try bytes(at: end - 20, count: 20)
        let place = locator.number(at: 8, size: 8)
        guard locator.number(at: 0, size: 4) == 0x0706_4B50, place >= 0, place <= file.size - 56
        else { throw damaged("has a damaged zip64 locator", at: end - 20) }
        let record = try bytes(at: place, count: 56)
        guard record.number(at: 0, size: 4) == 0x0606_4B50 else {
            throw damaged("has a damaged zip64 directory", at: place)
        }
        return (
            record.number(at: 32, size: 8), record.number(at: 40, size: 8),
            record.number(at: 48, size: 8)
        )
    }

    private mutating func readEntries(_ table: LittleEndianBytes, count: Int) throws(Failure) {
        var position = 0
        for _ in 0..<count {
            guard position + 46 <= table.count,
                table.number(at: position, size: 4) == 0x0201_4B50
            else { throw damaged("has a damaged zip directory", at: offset + position) }
            let nameSize = table.number(at: position + 28, size: 2)
            let extraSize = table.number(at: position + 30, size: 2)
            let commentSize = table.number(at: position + 32, size: 2)
            let extra = position + 46 + nameSize
            let next = extra + extraSize + commentSize
            guard next <= table.count else {
                throw damaged("has a damaged zip directory", at: offset + position)
            }
            let name = table.text(at: position + 46, count: nameSize)
            guard table.number(at: position + 8, size: 2) & 1 == 0 else {
                throw damaged("has the encrypted member \(name)", at: offset + position)
            }
            let code = table.number(at: position + 10, size: 2)
            guard let method = ZipEntry.Method(rawValue: UInt16(code)) else {
                throw damaged(
                    "has the member \(name) in compression method \(code); stored (0) and "
                        + "deflated (8) are read", at: offset + position)
            }
            var sizes = [
                table.number(at: position + 24, size: 4), table.number(at: position + 20, size: 4),
                table.number(at: position + 42, size: 4),
            ]
            table.resolveZip64(&sizes, extra: extra, extraSize: extraSize)
            guard sizes.allSatisfy({ $0 >= 0 }), sizes[1] <= offset, sizes[2] <= offset,
                sizes[0] <= 1 << 56, method == .deflated || sizes[0] == sizes[1]
            else { throw damaged("has impossible sizes for \(name)", at: offset + position) }
            entries.append(
                ZipEntry(
                    name: name, method: method,
                    crc: UInt32(truncatingIfNeeded: table.number(at: position + 16, size: 4)),
                    compressedSize: sizes[1], size: sizes[0], headerOffset: sizes[2]))
            position = next
        }
    }

    /// Where the compressed bytes of a member begin.
    func dataOffset(of entry: ZipEntry) throws(Failure) -> Int {
        guard entry.headerOffset <= offset - 30 else {
            throw damaged("has \(entry.name) outside the archive", at: entry.headerOffset)
        }
        let header = try bytes(at: entry.headerOffset, count: 30)
        let start =
            entry.headerOffset + 30 + header.number(at: 26, size: 2)
            + header.number(at: 28, size: 2)
        guard header.number(at: 0, size: 4) == 0x0403_4B50,
            header.number(at: 8, size: 2) == Int(entry.method.rawValue),
            start <= offset - entry.compressedSize
        else { throw damaged("has a damaged header of \(entry.name)", at: entry.headerOffset) }
        return start
    }

    func damaged(_ words: String, at offset: Int) -> Failure {
        Failure(.integrity, "\(file.path): \(words) (byte \(offset)); write or fetch it again")
    }

    private func bytes(at offset: Int, count: Int) throws(Failure) -> LittleEndianBytes {
        var bytes = [UInt8](repeating: 0, count: count)
        var problem: Failure?
        var isWhole = count == 0
        if count > 0 {
            bytes.withUnsafeMutableBytes { target in
                do throws(Failure) { isWhole = try file.read(into: target, at: offset) } catch {
                    problem = error
                }
            }
        }
        if let problem { throw problem }
        guard isWhole else { throw damaged("ends early", at: offset) }
        return LittleEndianBytes(bytes: bytes)
    }
}

/// Bytes with little-endian numbers in them; reading outside gives −1, which no size is.
struct LittleEndianBytes {
    let bytes: [UInt8]

    var count: Int { bytes.count }

    func number(at offset: Int, size: Int) -> Int {
        guard offset >= 0, offset + size <= bytes.count else { return -1 }
        var value: UInt64 = 0
        for index in 0..<size { value |= UInt64(bytes[offset + index]) << (8 * index) }
        return Int(bitPattern: UInt(value))
    }

    func text(at offset: Int, count: Int) -> String {
        String(decoding: bytes[offset..<(offset + count)], as: UTF8.self)
    }

    /// Replaces sizes of all ones by those of the zip64 extra field, which lists them in order.
    func resolveZip64(_ sizes: inout [Int], extra: Int, extraSize: Int) {
        var position = extra
        let end = extra + extraSize
        while position + 4 <= end {
            let length = number(at: position + 2, size: 2)
            if number(at: position, size: 2) == 1 {
                var field = position + 4
                let fieldEnd = min(end, field + length)
                for index in sizes.indices where sizes[index] == 0xFFFF_FFFF {
                    guard field + 8 <= fieldEnd else { return }
                    sizes[index] = number(at: field, size: 8)
                    field += 8
                }
                return
            }
            position += 4 + length
        }
    }
}

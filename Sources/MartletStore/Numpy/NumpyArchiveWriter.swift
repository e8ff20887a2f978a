// Structured NumPy arrays out, as `.npz` archives that numpy.load opens.

import CDeflate
import CZlib
import Glibc
public import MartletModel

/// Writes one structured array into a compressed `.npz`, streaming, complete or not at all.
///
/// The row count need not be known before: the array's header is kept uncompressed in the first
/// block of the deflate stream and filled in at the end. Equal rows give equal bytes.
public struct NumpyArchiveWriter: ~Copyable {
    private let member: MemberWriter

    /// Opens an archive at `path` for an array `key` of these fields.
    public init(path: String, key: String = "data", fields: [NumpyField]) throws(Failure) {
        member = try MemberWriter(path: path, key: key, fields: fields)
    }

    /// Adds rows as their bytes, a whole number of them (a precondition).
    public mutating func append(_ rows: UnsafeRawBufferPointer) throws(Failure) {
        try member.append(rows)
    }

    /// Completes the archive and gives it its name; returns how many rows it has.
    @discardableResult
    public consuming func finish() throws(Failure) -> Int { try member.finish() }
}

/// The one member of the archive, and what stands around it.
private final class MemberWriter {
    private static let localHeaderSize = 30
    private static let extraSize = 20

    private var file: AtomicFile?
    private let path: String
    private let name: [UInt8]
    private let fields: [NumpyField]
    private let rowSize: Int
    private let headerLength: Int
    private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    private let output = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 64)
    private var rowBytes = 0
    private var rowsCRC: UInt32 = 0
    private var compressedSize = 0

    init(path: String, key: String, fields: [NumpyField]) throws(Failure) {
        self.path = path
        self.fields = fields
        name = Array((key + ".npy").utf8)
        rowSize = NumpyHeader(fields: fields, rows: 0).rowSize
        precondition(rowSize > 0, "an array has fields")
        let longest = NumpyHeader(fields: fields, rows: .max)
        headerLength = (longest.typeText.utf8.count + 100 + 63) / 64 * 64
        stream.initialize(to: z_stream())
        file = try AtomicFile(path: path)
        guard martlet_deflate_init(stream, 1, -15) == Z_OK else {
            throw Failure(.failure, "\(path): not enough memory to compress it")
        }
        try write(localHeader(crc: 0, size: 0))
        try write(storedHeaderBlock(rows: 0))
        compressedSize = 5 + headerLength
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
        output.deallocate()
    }

    func append(_ rows: UnsafeRawBufferPointer) throws(Failure) {
        precondition(rows.count % rowSize == 0, "rows come whole")
        rowsCRC = libdeflate_crc32(rowsCRC, rows.baseAddress, rows.count)
        rowBytes += rows.count
        var done = 0
        while done < rows.count {
            let count = min(rows.count - done, 1 << 30)
            stream.pointee.next_in = UnsafeMutablePointer(
                mutating: rows.baseAddress?.advanced(by: done)
                    .assumingMemoryBound(to: UInt8.self))
            stream.pointee.avail_in = UInt32(count)
            while stream.pointee.avail_in > 0 { _ = try deflateStep(Z_NO_FLUSH) }
            done += count
        }
    }

    func finish() throws(Failure) -> Int {
        stream.pointee.avail_in = 0
        while try deflateStep(Z_FINISH) != Z_STREAM_END {}
        let rows = rowBytes / rowSize
        let block = storedHeaderBlock(rows: rows)
        var crc = block[5...].withUnsafeBytes { libdeflate_crc32(0, $0.baseAddress, $0.count) }
        crc = UInt32(crc32_combine(UInt(crc), UInt(rowsCRC), rowBytes))
        let size = headerLength + rowBytes
        let directoryOffset = Self.localHeaderSize + name.count + Self.extraSize + compressedSize
        try write(directory(crc: crc, size: size, at: directoryOffset))
        guard let file = file.take() else { preconditionFailure("an archive is finished once") }
        try file.overwrite(localHeader(crc: crc, size: size), at: 0)
        try file.overwrite(
            block, at: Self.localHeaderSize + name.count + Self.extraSize)
        try file.commit()
        return rows
    }

    private func deflateStep(_ flush: Int32) throws(Failure) -> Int32 {
        stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
        stream.pointee.avail_out = UInt32(output.count)
        let result = deflate(stream, flush)
        let count = output.count - Int(stream.pointee.avail_out)
        compressedSize += count
        try file?.write(UnsafeRawBufferPointer(rebasing: output[..<count]))
        return result
    }

    private func write(_ bytes: [UInt8]) throws(Failure) { try file?.write(bytes) }

    /// The array's header as a stored deflate block: 5 bytes, then the header as it is.
    private func storedHeaderBlock(rows: Int) -> [UInt8] {
        let header = NumpyHeader(fields: fields, rows: rows).bytes(length: headerLength)
        let length = UInt64(headerLength)
        return [0] + little(length, 2) + little(~length, 2) + header
    }

    private func localHeader(crc: UInt32, size: Int) -> [UInt8] {
        little(0x0403_4B50, 4) + common(crc: crc) + little(UInt64(name.count), 2)
            + little(UInt64(Self.extraSize), 2) + name + zip64Extra(size: size)
    }

    /// The part that local and central headers share, sizes left to the zip64 field. The time is
    /// that of the zip epoch: equal rows give equal archives.
    private func common(crc: UInt32) -> [UInt8] {
        little(45, 2) + little(0, 2) + little(8, 2) + little(0, 2) + little(0x21, 2)
            + little(UInt64(crc), 4) + little(0xFFFF_FFFF, 4) + little(0xFFFF_FFFF, 4)
    }

    private func zip64Extra(size: Int) -> [UInt8] {
        little(1, 2) + little(16, 2) + little(UInt64(size), 8) + little(UInt64(compressedSize), 8)
    }

    private func directory(crc: UInt32, size: Int, at offset: Int) -> [UInt8] {
        let entry =
            little(0x0201_4B50, 4) + little(45, 2) + common(crc: crc)
            + little(UInt64(name.count), 2) + little(UInt64(Self.extraSize), 2) + little(0, 2)
            + little(0, 2) + little(0, 2) + little(0, 4) + little(0, 4) + name
            + zip64Extra(size: size)
        let isLarge = offset >= 0xFFFF_FFFF
        let end =
            little(0x0605_4B50, 4) + little(0, 4) + little(1, 2) + little(1, 2)
            + little(UInt64(entry.count), 4) + little(isLarge ? 0xFFFF_FFFF : UInt64(offset), 4)
            + little(0, 2)
        guard isLarge else { return entry + end }
        let zip64 =
            little(0x0606_4B50, 4) + little(44, 8) + little(45, 2) + little(45, 2) + little(0, 4)
            + little(0, 4) + little(1, 8) + little(1, 8) + little(UInt64(entry.count), 8)
            + little(UInt64(offset), 8)
        let locator =
            little(0x0706_4B50, 4) + little(0, 4) + little(UInt64(offset + entry.count), 8)
            + little(1, 4)
        return entry + zip64 + locator + end
    }

    private func little(_ value: UInt64, _ size: Int) -> [UInt8] {
        (0..<size).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
}

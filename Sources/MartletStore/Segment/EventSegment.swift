// Event segments in: mapped, checked, never copied.

import Glibc
public import MartletModel

/// An event segment mapped read-only: its rows are views into the page cache.
public final class EventSegment: @unchecked Sendable {
    // Sound because the mapping is read-only and lives as long as the object.

    /// The file, as the user named it.
    public let path: String
    /// What stands beside the rows.
    public let sidecar: SegmentSidecar
    /// All rows in arrival order; valid while the segment lives.
    public let rows: UnsafeBufferPointer<EventRow>
    private let mapping: MappedFile

    /// Opens a segment and its sidecar.
    ///
    /// The file itself is checked first: damage to it is reported before a missing sidecar.
    /// Checked are header, element type, size, and that the sidecar tells of as many rows; see
    /// ``validate()`` for the rows.
    ///
    /// - Throws: ``FailureKind/notFound``, ``FailureKind/failure`` (directory, permission), or
    ///   ``FailureKind/integrity``.
    public init(path: String) throws(Failure) {
        self.path = path
        let file = try InputFile(path: path)
        guard file.isRegular else {
            throw Failure(.failure, "\(path): is not a regular file; name an event segment")
        }
        guard file.size > 0 else {
            throw Failure(.integrity, "\(path): is empty (0 bytes); import it again")
        }
        mapping = try MappedFile(file)
        let header = try NumpyHeader(parsing: mapping.bytes, name: path)
        try Self.check(header, fileSize: file.size, path: path)
        mapping.willReadSequentially()
        let start = mapping.bytes.baseAddress.map { $0 + header.dataOffset }
        rows = UnsafeBufferPointer(
            start: start?.assumingMemoryBound(to: EventRow.self), count: header.rows)
        let sidecarPath = SegmentLayout.sidecarPath(of: path)
        do throws(Failure) {
            sidecar = try SegmentSidecar(path: sidecarPath)
        } catch {
            guard error.kind == .notFound else { throw error }
            throw Failure(
                .notFound,
                "\(sidecarPath): no such file; the sidecar belongs beside \(path), import it again")
        }
        guard sidecar.statistics.rows == Int64(header.rows) else {
            throw Failure(
                .integrity,
                "\(sidecarPath): key rows is \(sidecar.statistics.rows), but \(path) has "
                    + "\(header.rows); import it again")
        }
    }

    private static func check(
        _ header: NumpyHeader, fileSize: Int, path: String
    ) throws(Failure) {
        guard header.version == 1 else {
            throw Failure(
                .integrity,
                "\(path): has NumPy format version \(header.version).0, event segments have 1.0 "
                    + "(byte 6); import it again")
        }
        let expected = SegmentLayout.fields
        let isSame =
            header.fields.count == expected.count
            && zip(header.fields, expected).allSatisfy {
                $0.name == $1.name && $0.hasSameType(as: $1)
            }
        guard isSame else {
            throw Failure(
                .integrity,
                "\(path): its elements are \(header.typeText), not those of an event segment; "
                    + "make one with martlet data import")
        }
        guard header.dataOffset % MemoryLayout<EventRow>.alignment == 0 else {
            throw Failure(
                .integrity,
                "\(path): its rows begin at byte \(header.dataOffset), not at a multiple of 8; "
                    + "import it again")
        }
        let wanted = header.dataOffset + header.rows * SegmentLayout.rowSize
        guard fileSize == wanted else {
            let words = fileSize < wanted ? "is cut off" : "has bytes after its rows"
            throw Failure(
                .integrity,
                "\(path): \(words): \(header.rows) rows need \(wanted) bytes, there are "
                    + "\(fileSize); import it again")
        }
    }

    /// Checks that the rows are those that the sidecar's SHA-256 was taken of.
    public func verifyDigest() throws(Failure) {
        let found = Digest.sha256(UnsafeRawBufferPointer(rows))
        guard found == sidecar.statistics.rowsSHA256 else {
            throw Failure(
                .integrity,
                "\(path): its rows have SHA-256 \(found), the sidecar says "
                    + "\(sidecar.statistics.rowsSHA256); import it again")
        }
    }

    /// Checks every row in one pass: kinds, sides, ranges, receive order, and that
    /// `exchangeOrder` is the stable order by exchange time.
    ///
    /// - Throws: ``FailureKind/integrity`` naming the row and the field.
    public func validate() throws(Failure) {
        var lastReceive: Int64 = 0
        var lastTime = Int64.min
        var lastIndex = -1
        for index in 0..<rows.count {
            let row = rows[index]
            if let field = Self.impossibleField(of: row) { throw wrong(index, field) }
            if row.receiveTime < lastReceive { throw wrong(index, "receive_time (runs backwards)") }
            lastReceive = row.receiveTime
            let standing = index + Int(row.exchangeOrder)
            guard standing >= 0, standing < rows.count else { throw wrong(index, "exchange_order") }
            let time = rows[standing].exchangeTime
            guard time > lastTime || (time == lastTime && standing > lastIndex) else {
                throw wrong(index, "exchange_order (not in exchange-time order)")
            }
            lastTime = time
            lastIndex = standing
        }
    }

    private static func impossibleField(of row: EventRow) -> String? {
        guard let kind = row.kind else { return "kind" }
        let times = 0...SegmentLayout.timeMax
        if !times.contains(row.exchangeTime) { return "exchange_time" }
        if !times.contains(row.receiveTime) { return "receive_time" }
        let numbers = -SegmentLayout.numberMax...SegmentLayout.numberMax
        switch kind {
        case .level, .trade, .quote, .liquidation:
            let needsSide = !(kind == .trade && row.flags.contains(.aggressorUnknown))
            if row.side == nil, needsSide || row.sideCode != 0 { return "side" }
            if !numbers.contains(row.price) { return "price" }
            if row.quantity < 0 || row.quantity > SegmentLayout.numberMax { return "quantity" }
        case .openInterest:
            if row.quantity < 0 || row.quantity > SegmentLayout.numberMax { return "quantity" }
        case .markPrice, .indexPrice, .funding: break
        }
        return nil
    }

    private func wrong(_ row: Int, _ field: String) -> Failure {
        Failure(
            .integrity,
            "\(path): row \(row) has an impossible \(field); the file was altered, import it again")
    }
}

// CSV out: rows gathered into a fixed buffer, hashed as they leave, exact decimals as text.

import Glibc
import MartletModel
import MartletStore

/// Writes one CSV file: comma, `\n`, no quoting (no field ever needs it). Constant memory.
struct TableWriter: ~Copyable {
    private let file: AtomicFile
    private let digest: Digest.SHA256
    private var buffer: [UInt8]
    private var isRowStart = true
    private static let bufferMax = 1 << 16

    /// Creates the file and writes its header.
    init(path: String, columns: [String]) throws(Failure) {
        file = try AtomicFile(path: path)
        digest = Digest.SHA256()
        buffer = Array((columns.joined(separator: ",") + "\n").utf8)
        buffer.reserveCapacity(Self.bufferMax + 1024)
    }

    /// Adds a field of plain text without commas, quotes or newlines.
    mutating func add(_ text: String) {
        separate()
        buffer.append(contentsOf: text.utf8)
    }

    /// Adds an integer.
    mutating func add(_ value: Int64) {
        separate()
        append(UInt128(value.magnitude), isNegative: value < 0, scale: 0, minimumDigits: 1)
    }

    /// Adds a time, empty when it is 0: it never happened.
    mutating func add(time: Int64) {
        if time == 0 { separate() } else { add(time) }
    }

    /// Adds `mantissa × 10^−scale` exactly; `isTrimmed` leaves trailing zeros away.
    mutating func add(_ mantissa: Int128, scale: Int, isTrimmed: Bool = false) {
        separate()
        var digits = mantissa.magnitude
        var scale = scale
        if isTrimmed {
            while scale > 0 {
                let (quotient, remainder) = digits.quotientAndRemainder(dividingBy: 10)
                if remainder != 0 { break }
                digits = quotient
                scale -= 1
            }
        }
        append(digits, isNegative: mantissa < 0, scale: scale, minimumDigits: scale + 1)
    }

    /// Adds an estimate by its shortest text, empty when it is not a number.
    mutating func add(estimate value: Double) {
        separate()
        guard value.isFinite else { return }
        let isWhole = value == value.rounded() && abs(value) < 1e15
        buffer.append(contentsOf: (isWhole ? "\(Int64(value))" : "\(value)").utf8)
    }

    /// Ends the row; writes when the buffer is full.
    mutating func endRow() throws(Failure) {
        buffer.append(10)
        isRowStart = true
        if buffer.count >= Self.bufferMax { try flush() }
    }

    /// Writes the rest, closes the file and gives the SHA-256 of its bytes.
    consuming func finish() throws(Failure) -> String {
        try flush()
        try file.commit()
        return digest.finish()
    }

    private mutating func separate() {
        if !isRowStart { buffer.append(44) }
        isRowStart = false
    }

    private mutating func append(
        _ magnitude: UInt128, isNegative: Bool, scale: Int, minimumDigits: Int
    ) {
        if isNegative { buffer.append(45) }
        let start = buffer.count
        var count = 0
        func separateFraction(_ buffer: inout [UInt8]) {
            if count == scale, scale > 0 { buffer.append(46) }
        }
        if let small = UInt64(exactly: magnitude) {
            var rest = small
            repeat {
                buffer.append(UInt8(48 + rest % 10))
                rest /= 10
                count += 1
                separateFraction(&buffer)
            } while rest > 0 || count < minimumDigits
        } else {
            var rest = magnitude
            repeat {
                let (quotient, remainder) = rest.quotientAndRemainder(dividingBy: 10)
                buffer.append(UInt8(48 + remainder))
                rest = quotient
                count += 1
                separateFraction(&buffer)
            } while rest > 0 || count < minimumDigits
        }
        buffer[start...].reverse()
    }

    private mutating func flush() throws(Failure) {
        let failure: Failure? = buffer.withUnsafeBytes { bytes in
            digest.update(bytes)
            do throws(Failure) {
                try file.write(bytes)
                return nil
            } catch { return error }
        }
        if let failure { throw failure }
        buffer.removeAll(keepingCapacity: true)
    }
}

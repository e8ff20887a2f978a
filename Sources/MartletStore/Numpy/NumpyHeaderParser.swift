// The Python literal inside a NumPy header: a strict, bounded subset that never guesses.

/// Reads `{'descr': …, 'fortran_order': …, 'shape': …}` with its keys in any order.
struct NumpyHeaderParser {
    /// What a header says.
    struct Found {
        var fields: [NumpyField]
        var isFortranOrder: Bool
        var shape: [Int64]
    }

    /// More fields than this are refused.
    static let fieldCountMax = 256

    /// How far the text was understood, in bytes.
    private(set) var position = 0
    private let bytes: UnsafeRawBufferPointer

    /// A parser over the header text.
    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// What the header says, or nil where it is not understood at ``position``.
    mutating func parse() -> Found? {
        guard take("{") else { return nil }
        var fields: [NumpyField]?
        var isFortranOrder: Bool?
        var shape: [Int64]?
        while !take("}") {
            guard let key = string(), take(":") else { return nil }
            switch key {
            case "descr" where fields == nil:
                guard let value = descriptor() else { return nil }
                fields = value
            case "fortran_order" where isFortranOrder == nil:
                guard let value = flag() else { return nil }
                isFortranOrder = value
            case "shape" where shape == nil:
                guard let value = integers() else { return nil }
                shape = value
            default: return nil
            }
            if take(",") { continue }
            guard take("}") else { return nil }
            break
        }
        skipBlanks()
        guard position == bytes.count, let fields, let isFortranOrder, let shape else { return nil }
        return Found(fields: fields, isFortranOrder: isFortranOrder, shape: shape)
    }

    private mutating func descriptor() -> [NumpyField]? {
        guard take("[") else {
            guard let type = string() else { return nil }
            return [NumpyField("", type)]
        }
        var fields: [NumpyField] = []
        while !take("]") {
            guard fields.count < Self.fieldCountMax, take("("), let name = string(), take(","),
                let type = string(), take(")"), !fields.contains(where: { $0.name == name })
            else { return nil }
            fields.append(NumpyField(name, type))
            if take(",") { continue }
            guard take("]") else { return nil }
            break
        }
        return fields.isEmpty ? nil : fields
    }

    private mutating func integers() -> [Int64]? {
        guard take("(") else { return nil }
        var values: [Int64] = []
        while !take(")") {
            guard values.count < 32, let value = integer() else { return nil }
            values.append(value)
            if take(",") { continue }
            guard take(")") else { return nil }
            break
        }
        return values
    }

    private mutating func integer() -> Int64? {
        skipBlanks()
        var value: Int64 = 0
        var digits = 0
        while position < bytes.count, bytes[position] &- 48 <= 9 {
            let (scaled, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, overflowSum) = scaled.addingReportingOverflow(Int64(bytes[position] &- 48))
            if overflow || overflowSum { return nil }
            value = sum
            digits += 1
            position += 1
        }
        return digits > 0 ? value : nil
    }

    private mutating func flag() -> Bool? {
        if take("True") { return true }
        if take("False") { return false }
        return nil
    }

    private mutating func string() -> String? {
        skipBlanks()
        guard position < bytes.count else { return nil }
        let quote = bytes[position]
        guard quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else { return nil }
        guard let end = bytes[(position + 1)...].firstIndex(of: quote), end - position < 256 else {
            return nil
        }
        let content = bytes[(position + 1)..<end]
        guard !content.contains(UInt8(ascii: "\\")) else { return nil }
        position = end + 1
        return String(decoding: content, as: UTF8.self)
    }

    private mutating func take(_ token: StaticString) -> Bool {
        skipBlanks()
        let count = token.utf8CodeUnitCount
        guard bytes.count - position >= count else { return false }
        for index in 0..<count where bytes[position + index] != token.utf8Start[index] {
            return false
        }
        position += count
        return true
    }

    private mutating func skipBlanks() {
        while position < bytes.count, bytes[position] == 32 || bytes[position] == 10 {
            position += 1
        }
    }
}

// Writes protobuf messages field by field, as MEXC spot's pushes need them.

/// A protobuf message that is being put together. Fields stand in the order in which they are
/// added; empty texts and zeros are left out, as version 3 of the format has it.
struct ProtobufWriter {
    private(set) var bytes: [UInt8] = []

    private mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    /// Adds a number.
    mutating func add(_ field: UInt32, _ value: Int64) {
        guard value != 0 else { return }
        varint(UInt64(field) << 3)
        varint(UInt64(bitPattern: value))
    }

    /// Adds a text.
    mutating func add(_ field: UInt32, _ text: String) {
        guard !text.isEmpty else { return }
        add(field, bytes: Array(text.utf8))
    }

    /// Adds a message within the message, which may be empty.
    mutating func add(_ field: UInt32, _ message: ProtobufWriter) {
        add(field, bytes: message.bytes)
    }

    private mutating func add(_ field: UInt32, bytes value: [UInt8]) {
        varint(UInt64(field) << 3 | 2)
        varint(UInt64(value.count))
        bytes += value
    }
}

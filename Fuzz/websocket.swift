// Fuzzes the WebSocket frame reader: any bytes, in any pieces, as client and server.
// modules: MartletModel MartletNetwork

import MartletNetwork

/// Remembers what it hears.
private final class Listener: FrameReaderOwner {
    static let bytesMax = 4096
    var heard: [[UInt8]] = []

    func frameReader(received bytes: UnsafeBufferPointer<UInt8>, isBinary: Bool) {
        precondition(bytes.count <= Self.bytesMax, "a message is above the limit")
        precondition(
            isBinary || String(validating: bytes, as: UTF8.self) != nil, "a text is not UTF-8")
        heard.append([isBinary ? 2 : 1] + bytes)
    }
    func frameReader(pong payload: UnsafeBufferPointer<UInt8>) { heard.append([10] + payload) }
    func frameReader(ping payload: UnsafeBufferPointer<UInt8>) { heard.append([9] + payload) }
    func frameReader(writes bytes: UnsafeRawBufferPointer) {}
}

/// Called by libFuzzer with each input. The first byte chooses the role and compression, the second
/// the size of the pieces in the second pass; both passes have to hear the same.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOne(_ data: UnsafePointer<UInt8>, _ count: Int) -> Int32 {
    guard count > 2 else { return 0 }
    let all = UnsafeRawBufferPointer(start: data + 2, count: count - 2)
    let deflate =
        data[0] & 2 == 0
        ? nil : DeflateTerms(serverRestarts: data[0] & 4 != 0, clientRestarts: data[0] & 4 != 0)
    func read(_ size: Int) -> (heard: [[UInt8]], end: String) {
        let listener = Listener()
        let reader = FrameReader(
            isServer: data[0] & 1 != 0, deflate: deflate, messageBytesMax: Listener.bytesMax,
            owner: listener)
        var end: FrameEnd?
        var start = 0
        while start < all.count, end == nil {
            let stop = min(all.count, start + size)
            end = reader.take(UnsafeRawBufferPointer(rebasing: all[start..<stop]))
            start = stop
        }
        return (listener.heard, end.map { "\($0)" } ?? "none")
    }
    let whole = read(count)
    let pieces = read(1 + Int(data[1]))
    if whole != pieces { fatalError("\(whole) in one piece, \(pieces) in several") }
    return 0
}

// Captures in: every line of good files, and the right words for bad ones.

import Glibc
import MartletModel
import MartletStore
import Testing

/// All lines of a capture as text, with what was cut.
func readCapture(
    _ path: String, acceptTorn: Bool = false
) throws -> (lines: [String], cut: CutTail?) {
    let reader = try CaptureReader(path: path, acceptTorn: acceptTorn)
    var lines: [String] = []
    while let line = try reader.next() {
        let mark = line.content == .recorderFact ? "#" : ""
        lines.append(
            "\(line.number):\(line.receiveTime) \(mark)"
                + String(decoding: line.payload, as: UTF8.self))
    }
    return (lines, reader.cut)
}

@Suite("Capture reader")
struct CaptureReaderTests {
    @Test("reads plain lines, blank lines, CRLF and recorder facts")
    func plain() throws {
        let directory = TemporaryDirectory()
        let path = directory.write(
            "1723161255088156767 {\"a\":1}\r\n\n2 #gap {}\n3 {\"b\":2}", to: "a")
        let read = try readCapture(path)
        #expect(
            read.lines == ["1:1723161255088156767 {\"a\":1}", "3:2 #gap {}", "4:3 {\"b\":2}"])
        #expect(read.cut == nil)
    }
}

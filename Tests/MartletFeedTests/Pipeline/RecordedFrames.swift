// Recordings of other collectors as frames with times, for pipelines in tests.

import Glibc
import MartletStore
import MartletTesting

/// One recorded message or answer.
struct RecordedFrame {
    let time: Int64
    let request: String?
    let bytes: [UInt8]
}

/// Reads recordings that stand beside the project.
enum RecordedFrames {
    static func bytes(_ path: String) -> [UInt8] {
        guard let file = fopen(path, "r") else { return [] }
        defer { fclose(file) }
        var result: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = fread(&block, 1, block.count, file)
            if count == 0 { return result }
            result += block[..<count]
        }
    }

    /// A recording of cryptofeed: messages `time: text`, answers `URL -> time: text`, merged by
    /// time.
    static func cryptofeed(_ folder: String, _ names: [String]) -> [RecordedFrame] {
        var frames: [RecordedFrame] = []
        for name in names {
            for line in bytes(folder + "/" + name).split(separator: UInt8(ascii: "\n")) {
                let text = String(decoding: line.prefix(400), as: UTF8.self)
                guard let colon = text.firstRange(of: ": ") else { continue }
                var head = text[..<colon.lowerBound]
                var request: String?
                if let arrow = head.firstRange(of: " -> ") {
                    let url = head[..<arrow.lowerBound]
                    let path = url.dropFirst(8).drop { $0 != "/" }
                    request = "GET " + path
                    head = head[arrow.upperBound...]
                } else if head.contains(" <") {
                    continue
                }
                guard let seconds = Double(head) else { continue }
                frames.append(
                    RecordedFrame(
                        time: Int64(seconds * 1e9), request: request,
                        bytes: Array(line.dropFirst(text[..<colon.upperBound].utf8.count))))
            }
        }
        return frames.sorted { $0.time < $1.time }
    }

    /// Lines without times: one a millisecond.
    static func bare(_ path: String) -> [RecordedFrame] {
        bytes(path).split(separator: UInt8(ascii: "\n")).enumerated().map { index, line in
            RecordedFrame(
                time: 1_700_000_000_000_000_000 + Int64(index) * 1_000_000, request: nil,
                bytes: Array(line))
        }
    }

    /// Lines `<ns> <payload>`, plain or gzip.
    static func stamped(_ path: String) throws -> [RecordedFrame] {
        let reader = try CaptureReader(path: path)
        var frames: [RecordedFrame] = []
        while let line = try reader.next() {
            frames.append(
                RecordedFrame(time: line.receiveTime, request: nil, bytes: Array(line.payload)))
        }
        return frames
    }
}

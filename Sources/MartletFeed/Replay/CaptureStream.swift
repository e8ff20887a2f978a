// The segments of one connection as one stream of messages, in order.

import MartletModel
import MartletStore
import MartletVenues

/// One connection of a recording: its segments in order, one open at a time.
final class CaptureStream {
    /// Which connection it was.
    let connection: ConnectionID
    /// When the recorder started, ns; 0 where the captures do not say.
    let run: Int64
    /// The segments in order, each with the time of its first line.
    private(set) var segments: [(path: String, index: Int64, firstTime: Int64)] = []

    /// What stands at the head of the stream; valid until ``advance()``.
    private(set) var current: CaptureItem?
    /// The receive time by which the head is ordered: never before that of an earlier line.
    private(set) var time: Int64
    /// Messages so far, the head included.
    private(set) var sequence: Int64 = 0
    /// Torn ends that were accepted.
    private(set) var cuts: [(path: String, cut: CutTail)] = []

    private let acceptsTorn: Bool
    private var reader: CaptureMessages?
    private var next = 0

    init(_ connection: ConnectionID, run: Int64, acceptsTorn: Bool) {
        self.connection = connection
        self.run = run
        self.acceptsTorn = acceptsTorn
        time = 0
    }

    func add(_ path: String, index: Int64, firstTime: Int64) {
        segments.append((path, index, firstTime))
        segments.sort { ($0.index, $0.path) < ($1.index, $1.path) }
        time = segments[0].firstTime
    }

    /// The path of the segment being read.
    var path: String { segments[max(0, next - 1)].path }

    /// Moves to the next message or fact; false at the end of the last segment.
    func advance() throws(Failure) -> Bool {
        while true {
            if let reader {
                if let item = try reader.next() {
                    current = item
                    switch item {
                    case .message(let message):
                        sequence += 1
                        time = max(time, message.receiveTime)
                    case .fact(let fact): time = max(time, fact.time)
                    }
                    return true
                }
                if let cut = reader.cut { cuts.append((reader.path, cut)) }
                self.reader = nil
            }
            current = nil
            guard next < segments.count else { return false }
            let path = segments[next].path
            next += 1
            // A segment without seal may still be written, or its recorder was killed: its whole
            // frames are good, and how it ends says nothing.
            let mayBeTorn = acceptsTorn || isUnsealed(path)
            reader = try CaptureMessages(path: path, acceptTorn: mayBeTorn)
        }
    }

    /// The segments that our recorder wrote and did not seal.
    var unsealed: [String] { segments.map(\.path).filter(isUnsealed) }

    private func isUnsealed(_ path: String) -> Bool {
        guard path.hasSuffix(CapturePath.suffix), run != 0 else { return false }
        return Folder.isMissing(CapturePath.seal(of: path))
    }

    /// A failure about the line at the head.
    func failure(_ message: String) -> Failure {
        reader?.failure(message) ?? Failure(.integrity, "\(path): \(message)")
    }
}

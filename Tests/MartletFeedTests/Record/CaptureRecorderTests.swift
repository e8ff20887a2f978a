// The recorder: what goes in comes out, nothing is dropped in silence, a dead one is repaired.

import Glibc
import MartletFeed
import MartletModel
import MartletStore
import MartletTesting
import Synchronization
import Testing

/// 2026-11-20T13:15:00Z.
let afternoon: Int64 = 1_795_180_500_000_000_000

extension FrameObserver {
    /// A text message.
    func take(
        _ text: String, of connection: ConnectionID, at time: Int64, request: String? = nil,
        isBinary: Bool = false
    ) {
        var text = text
        text.withUTF8 {
            frame($0, isBinary: isBinary, request: request, of: connection, at: time)
        }
    }
}

/// Everything in a recording, as text, in the order of the merge.
func recorded(_ path: String) throws -> [String] {
    let merge = try CaptureMerge(CaptureSelection(paths: [path]))
    var lines: [String] = []
    while let item = try merge.next() {
        let from = "\(item.connection.venue.name)/\(item.connection.number)"
        switch item.content {
        case .message(let message):
            let text = String(decoding: message.bytes, as: UTF8.self)
            lines.append(
                "\(from) \(item.sequence) \(message.receiveTime - afternoon) "
                    + (message.isBinary ? "binary " : "")
                    + (message.request.map { "[\($0)] " } ?? "") + text)
        case .fact(let fact) where fact.word != "segment":
            lines.append(
                "\(from) #\(fact.word) \(String(decoding: fact.json, as: UTF8.self))")
        case .fact: break
        }
    }
    return lines
}

@Suite("Capture recorder")
struct CaptureRecorderTests {
    static let okx = ConnectionID(venue: .okx, number: 1)
    static let bybit = ConnectionID(venue: .bybitLinear, number: 2)

    @Test("frames, answers, binary frames and facts of several connections come back in order")
    func roundTrip() throws {
        let folder = TestFolder()
        let recorder = try CaptureRecorder(.init(root: folder.path, run: 7)) { _ in }
        recorder.fact("connected", "{\"attempt\":1}", of: Self.okx, at: afternoon)
        recorder.take("{\"a\":1}", of: Self.okx, at: afternoon + 1)
        recorder.take("{\"b\":1}", of: Self.bybit, at: afternoon + 1)
        recorder.take("{\"b\":2}", of: Self.bybit, at: afternoon + 2, request: "GET /v5/time")
        recorder.take("pong", of: Self.okx, at: afternoon + 3, isBinary: true)
        recorder.fact("disconnected", "{}", of: Self.okx, at: afternoon + 4)
        let state = try recorder.finish()
        #expect(state.totals.messages == 4 && state.dropped == 0)
        #expect(state.totals.sealed.count == 2)
        #expect(
            try recorded(folder.path) == [
                "okx/1 #connected {\"attempt\":1}", "bybit-linear/2 1 1 {\"b\":1}",
                "okx/1 1 1 {\"a\":1}", "bybit-linear/2 2 2 [GET /v5/time] {\"b\":2}",
                "okx/1 2 3 binary pong", "okx/1 #disconnected {}",
            ])
    }

    @Test("what does not fit the queue is counted and leaves a gap fact")
    func overflow() throws {
        let folder = TestFolder()
        let recorder = try CaptureRecorder(
            .init(root: folder.path, run: 7), queueBytesMax: 1 << 16
        ) { _ in }
        let text = "{\"x\":\"" + String(repeating: "y", count: 2000) + "\"}"
        let count = 20_000
        for index in 0..<count { recorder.take(text, of: Self.okx, at: afternoon + Int64(index)) }
        let state = try recorder.finish()
        #expect(state.totals.messages + state.dropped == Int64(count))
        // A machine that writes 40 MB as fast as they come drops nothing, and need not.
        let lines = try recorded(folder.path)
        var lost: Int64 = 0
        for line in lines where line.hasPrefix("okx/1 #gap {\"reason\":\"recorderFull\"") {
            let number = line.split(separator: ":")[2].prefix { $0.isNumber }
            lost += Int64(number) ?? 0
        }
        #expect(lost == state.dropped)
        #expect(lines.count { !$0.contains("#gap") } == Int(state.totals.messages))
    }

    @Test("a folder that cannot be written is a failure at once, or as soon as it is met")
    func refused() throws {
        let folder = TestFolder()
        folder.write([], to: "file")
        #expect(throws: Failure.self) {
            _ = try CaptureRecorder(.init(root: folder.file("file"), run: 7)) { _ in }
        }
        // A file where the venue's folder should be: known only when its first message comes.
        folder.write([], to: "okx")
        let failures = Mutex<[Failure]>([])
        let recorder = try CaptureRecorder(.init(root: folder.path, run: 7)) { failure in
            failures.withLock { $0.append(failure) }
        }
        recorder.take("{}", of: Self.okx, at: afternoon)
        recorder.take("{}", of: Self.bybit, at: afternoon)
        var failure: Failure?
        do { _ = try recorder.finish() } catch { failure = error }
        #expect(failure?.kind == .failure)
        #expect(failures.withLock { $0.count } == 1)
    }

    @Test("a segment without seal is repaired by the next recorder, and replay reads on in it")
    func restart() throws {
        let folder = TestFolder()
        let first = try CaptureRecorder(.init(root: folder.path, run: 7)) { _ in }
        for index in 0..<100 {
            first.take("{\"n\":\(index)}", of: Self.okx, at: afternoon + Int64(index))
        }
        _ = try first.finish()
        let name = "okx/2026-11-20/131500-1"
        unlink(folder.file(name + ".json"))
        folder.write(folder.contents(name + ".zst") + [0x28, 0xB5, 0x2F], to: name + ".zst")
        #expect(try recorded(folder.path).count == 100)
        let second = try CaptureRecorder(.init(root: folder.path, run: 8)) { _ in }
        #expect(second.recovered.map(\.cutBytes) == [3])
        #expect(second.recovered.map(\.messages) == [100])
        second.take("{\"n\":100}", of: Self.okx, at: afternoon + 100)
        _ = try second.finish()
        #expect(try recorded(folder.path).count == 101)
        #expect(try CaptureSeal.verify(folder.file(name + ".zst")))
    }
}

// One run of `feed record` with real venues: the reactor, the recorder, the ends it may come to.

import Glibc
import MartletFeed
import MartletModel
import MartletNetwork
import MartletStore

/// Runs a feed into a recorder until something ends it. Unchecked: signals and the recorder's
/// failure come from other threads and only post to the reactor.
final class RecordWork: @unchecked Sendable {
    private let reactor: Reactor
    private let console: Console
    private var runner: FeedRunner?
    private var sink: MuxSink?
    private var recorder: CaptureRecorder?
    private var failure: Failure?
    private let progress: RecordingProgress

    init(_ console: Console) throws(Failure) {
        self.console = console
        progress = RecordingProgress(console)
        do throws(NetworkFailure) { reactor = try Reactor() } catch {
            throw Failure(.network, error.message)
        }
    }

    /// Records until the end; what is left to do is to end the recorder.
    ///
    /// - Throws: why it ended early, where it did; `network` where no venue was live.
    func run(
        _ settings: FeedSettings, _ archive: CaptureArchiveSettings, duration: Int64?,
        envelopes: String?
    ) throws(Failure) -> (CaptureRecorder, Interruption, Failure?) {
        let recorder = try FeedRecordCommand.start(archive, console) { [weak self] failure in
            self?.end(failure)
        }
        self.recorder = recorder
        let sink = MuxSink(try output(envelopes)) { [console] in console.note($0) }
        sink.onEnd = { [weak self] end in
            // A reader of the envelopes that goes away does not end the recording.
            if case .failure(let failure) = end { self?.failure = failure }
            if case .closed = end {
                self?.console.note("nobody reads the envelopes any more; the recording goes on")
                return
            }
            self?.reactor.stop()
        }
        self.sink = sink
        let runner = try FeedRunner(settings, reactor: reactor, sink: sink, observer: recorder)
        runner.onHopeless = { [weak self] failure in
            self?.failure = failure
            self?.reactor.stop()
        }
        self.runner = runner
        let interruption = Interruption { [weak self] in self?.reactor.stop() }
        if let duration { reactor.setTimer(after: duration) { [reactor] in reactor.stop() } }
        everySecond()
        runner.start()
        reactor.run()
        let wasLive = runner.wasLive
        runner.stop()
        do throws(Failure) { _ = try sink.finish() } catch { failure = failure ?? error }
        progress.finish()
        if failure == nil, !wasLive {
            failure = Failure(.network, "no venue was live; see the messages above")
        }
        return (recorder, interruption, failure)
    }

    private func output(_ path: String?) throws(Failure) -> any MuxOutput {
        guard let path else { return NoOutput() }
        if path == "-" {
            return DescriptorOutput(STDOUT_FILENO, name: "standard output", reactor: reactor)
        }
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw FileFailure.writing(path, code: errno) }
        return DescriptorOutput(descriptor, name: path, reactor: reactor)
    }

    /// Called on the recorder's thread.
    private func end(_ failure: Failure) {
        reactor.post { [weak self] in
            self?.failure = self?.failure ?? failure
            self?.reactor.stop()
        }
    }

    private func everySecond() {
        reactor.setTimer(after: 1_000_000_000) { [weak self] in
            guard let self, let recorder else { return }
            progress.report(recorder.progress)
            sink?.flush()
            everySecond()
        }
    }
}

/// Takes envelopes that nobody wants.
private final class NoOutput: MuxOutput {
    let isCongested = false

    func take(
        _ lines: UnsafeBufferPointer<UInt8>, venue: String, type: String, instrument: String?
    ) {}

    func flush() throws(Failure) -> Bool { true }

    func finish() throws(Failure) -> Bool { true }
}

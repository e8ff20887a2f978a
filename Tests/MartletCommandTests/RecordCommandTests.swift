// `feed record`, `feed replay` and `data quality` as programs: ends, kills, full disks.

import Glibc
import Testing

@Suite("Recording commands", .serialized)
struct RecordCommandTests {
    private func segments(_ folder: TemporaryFolder) throws -> [String] {
        let found = try RunningProgram.run(["data", "quality", folder.path, "--json"])
        #expect(found.code == 0, "\(found.errors)")
        return [found.output]
    }

    /// Waits until a recorder has written a first frame into `folder`.
    private func waitForFrame(_ folder: TemporaryFolder) throws {
        var replay = try RunningProgram.run(["feed", "replay", folder.path, "--json"])
        for _ in 0..<300 where replay.code != 0 || replay.output.contains("\"frames\":0,") {
            usleep(20_000)
            replay = try RunningProgram.run(["feed", "replay", folder.path, "--json"])
        }
        #expect(replay.code == 0, "\(replay.errors)")
    }

    @Test("a recording has a seal, a score and replays to the same bytes twice")
    func whole() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let run = try RunningProgram.run([
            "feed", "record", "--synthetic", "2000", "--out", folder.path, "--duration", "1s",
            "--json",
        ])
        #expect(run.code == 0, "\(run.errors)")
        #expect(run.output.contains("\"dropped\":0"))
        let quality = try segments(folder)[0]
        #expect(quality.contains("\"sealed\":1") && quality.contains("\"score\":100"))
        let first = try RunningProgram.run(["feed", "replay", folder.path, "--envelopes", "-"])
        let second = try RunningProgram.run(["feed", "replay", folder.path, "--envelopes", "-"])
        #expect(first.code == 0 && !first.output.isEmpty && first.output == second.output)
    }

    @Test("SIGINT seals and ends with 130, SIGTERM seals and ends with 0", arguments: [2, 15])
    func signals(signal: Int32) throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let running = try RunningProgram.start([
            "feed", "record", "--synthetic", "500", "--out", folder.path,
        ])
        try waitForFrame(folder)
        running.send(signal)
        let finished = running.finish()
        #expect(finished.code == (signal == SIGINT ? 130 : 0), "\(finished.errors)")
        #expect(try segments(folder)[0].contains("\"sealed\":1"))
    }

    @Test("kill -9 loses what was not flushed and nothing else, and the next recorder says so")
    func killed() throws {
        for _ in 0..<3 {
            let folder = try TemporaryFolder()
            defer { folder.remove() }
            let running = try RunningProgram.start([
                "feed", "record", "--synthetic", "5000", "--out", folder.path,
            ])
            try waitForFrame(folder)
            running.send(SIGKILL)
            _ = running.finish()
            let left = try RunningProgram.run(["feed", "replay", folder.path, "--json"])
            #expect(left.code == 0, "\(left.errors)")
            let again = try RunningProgram.run([
                "feed", "record", "--synthetic", "1", "--out", folder.path, "--duration", "1ms",
            ])
            #expect(again.code == 0 && again.errors.contains("its recorder did not finish"))
            #expect(try segments(folder)[0].contains("\"gaps\":0"))
        }
    }

    @Test("a full disk ends the recording with 1, and what was written stays readable")
    func full() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        // The file size limit stands in for the disk: to the writer both are refused writes.
        let script =
            "ulimit -f 100; exec '\(RunningProgram.binary)' feed record --synthetic 5000 "
            + "--out '\(folder.path)' --duration 60s"
        let finished = try RunningProgram.shell(script)
        #expect(finished.code == 1, "\(finished.errors)")
        #expect(finished.errors.contains("everything up to the last whole frame is kept"))
        let left = try RunningProgram.run(["feed", "replay", folder.path, "--json"])
        #expect(try segments(folder)[0].contains("\"sealed\":1"))
        #expect(left.code == 0 && !left.output.contains("\"frames\":0,"), "\(left.errors)")
    }

    @Test("wrong arguments are usage failures that say what to do")
    func usage() throws {
        for (arguments, words) in [
            (["feed", "record", "--synthetic", "0"], "rate"),
            (["feed", "record", "--synthetic", "5", "--duration", "soon"], "60s"),
            (["feed", "record", "--synthetic", "5", "--rotate", "1ms"], "at least 1s"),
            (["feed", "replay", "x", "--speed", "fast"], "max, 1x"),
            (["feed", "replay", "x", "--type", "trades"], "book_snapshot"),
            (["feed", "replay", "x", "--json", "--envelopes", "-"], "standard output"),
        ] {
            let run = try RunningProgram.run(arguments)
            #expect(run.code == 2, "\(arguments)")
            #expect(run.errors.contains(words), "\(run.errors)")
        }
        #expect(try RunningProgram.run(["feed", "replay", "/nowhere"]).code == 4)
        #expect(try RunningProgram.run(["data", "quality", "/nowhere"]).code == 4)
    }
}

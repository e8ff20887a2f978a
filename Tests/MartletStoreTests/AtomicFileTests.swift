// Output files: complete or not there, and a clear word when the system refuses.

import Glibc
import MartletModel
import MartletStore
import Testing

@Suite("Atomic file")
struct AtomicFileTests {
    @Test("appears complete, replacing what was there")
    func commits() throws {
        let directory = TemporaryDirectory()
        _ = directory.write("old", to: "a")
        let file = try AtomicFile(path: directory.file("a"))
        try file.write("ne")
        #expect(contents(of: directory.file("a")) == Array("old".utf8))
        #expect(directory.names.count == 2)
        try file.write("w")
        try file.overwrite([78], at: 0)
        try file.commit()
        #expect(contents(of: directory.file("a")) == Array("New".utf8))
        #expect(directory.names == ["a"])
    }

    @Test("a file that is not committed leaves nothing")
    func dropped() throws {
        let directory = TemporaryDirectory()
        do { try AtomicFile(path: directory.file("a")).write("x") }
        #expect(directory.names.isEmpty)
    }

    @Test("refuses places that cannot take a file")
    func places() throws {
        let directory = TemporaryDirectory()
        #expect(failure { _ = try AtomicFile(path: directory.path) }?.kind == .failure)
        #expect(failure { _ = try AtomicFile(path: "") }?.kind == .usage)
        let missing = failure { _ = try AtomicFile(path: directory.file("no/a")) }
        #expect(missing?.kind == .failure)
        #expect(missing?.message.contains("does not exist") == true)
        _ = directory.write("x", to: "file")
        #expect(failure { _ = try AtomicFile(path: directory.file("file/a")) }?.kind == .failure)
        try unlessRoot {
            chmod(directory.path, 0o500)
            let denied = failure { _ = try AtomicFile(path: directory.file("a")) }
            #expect(denied?.kind == .failure)
            #expect(denied?.message.contains("permission") == true)
        }
    }

    @Test("a full disk is a failure in words, and the device stays")
    func fullDisk() throws {
        let found = failure {
            let file = try AtomicFile(path: "/dev/full")
            try file.write("x")
            try file.commit()
        }
        #expect(found?.kind == .failure)
        #expect(found?.message.contains("disk is full") == true)
        var facts = stat()
        #expect(stat("/dev/full", &facts) == 0 && facts.st_mode & S_IFMT == S_IFCHR)
    }

    @Test("a segment that cannot take its name leaves the sidecar that was there, or none")
    func pair() throws {
        let directory = TemporaryDirectory()
        let path = directory.file("a.npy")
        func write(version: String, isBlocked: Bool) -> Failure? {
            failure {
                var writer = try SegmentWriter(path: path)
                try writer.append(row(0, exchangeTime: 0))
                try writer.finish {
                    if isBlocked {
                        unlink(path)
                        mkdir(path, 0o700)
                    }
                    return SegmentSidecar(
                        instrument: testInstrument, statistics: $0, sources: [],
                        martletVersion: version)
                }
            }
        }
        #expect(write(version: "1", isBlocked: true)?.kind == .failure)
        #expect(directory.names == ["a.npy"])
        rmdir(path)
        #expect(write(version: "1", isBlocked: false) == nil)
        let old = contents(of: path + ".json")
        #expect(write(version: "2", isBlocked: true)?.kind == .failure)
        #expect(contents(of: path + ".json") == old)
        #expect(directory.names == ["a.npy", "a.npy.json"])
        rmdir(path)
        #expect(write(version: "1", isBlocked: false) == nil)
        #expect(write(version: "2", isBlocked: false) == nil)
        #expect(contents(of: path + ".json") != old)
        #expect(directory.names == ["a.npy", "a.npy.json"])
    }

    @Test("a segment that meets the file size limit fails in words and leaves nothing")
    func segmentLimit() async {
        await #expect(processExitsWith: .success) {
            signal(SIGXFSZ, SIG_IGN)
            var limit = rlimit(rlim_cur: 4_000_000, rlim_max: 4_000_000)
            setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
            let directory = TemporaryDirectory()
            let found = failure {
                var writer = try SegmentWriter(path: directory.file("a.npy"))
                for index in 0..<1_000_000 {
                    try writer.append(row(index, exchangeTime: Int64(index)))
                }
                try writer.finish {
                    SegmentSidecar(
                        instrument: testInstrument, statistics: $0, sources: [],
                        martletVersion: "1")
                }
            }
            #expect(found?.kind == .failure)
            #expect(found?.message.contains("file size limit") == true)
            #expect(directory.names.isEmpty)
            let archive = failure {
                var writer = try NumpyArchiveWriter(
                    path: directory.file("a.npz"), fields: pairFields)
                var random = SeededGenerator(seed: 1)
                let noise = (0..<1_000_000).map { _ in random.next() }
                try noise.withUnsafeBytes { try writer.append($0) }
                try writer.finish()
            }
            #expect(archive?.kind == .failure)
            #expect(directory.names.isEmpty)
            if found?.kind != .failure || archive?.kind != .failure { exit(1) }
        }
    }

    @Test("an ending process leaves no temporary file")
    func ending() async throws {
        let directory = TemporaryDirectory()
        let path = directory.file("a.npy")
        setenv("MARTLET_TEST_PATH", path, 1)
        await #expect(processExitsWith: .exitCode(130)) {
            guard let path = getenv("MARTLET_TEST_PATH").map({ String(cString: $0) }) else {
                exit(3)
            }
            var writer = try SegmentWriter(path: path)
            for index in 0..<100_000 { try writer.append(row(index, exchangeTime: 1)) }
            AtomicFile.leave(code: 130)
        }
        #expect(directory.names.isEmpty)
    }
}

@Suite("Spooled records")
struct SpooledRecordsTests {
    @Test("keeps what was appended over many growths, and leaves no file")
    func keeps() throws {
        let directory = TemporaryDirectory()
        let spool = try SpooledRecords<PairRow>(directory: directory.path)
        #expect(spool.count == 0)
        for index in 0..<100_000 {
            try spool.append(PairRow(time: Int64(index), value: Double(index)))
        }
        spool[5] = PairRow(time: -5, value: 5)
        #expect(spool.count == 100_000)
        #expect(spool[5].time == -5)
        #expect(spool[99_999] == PairRow(time: 99_999, value: 99_999))
        #expect(try spool.withRecords { $0.reduce(0) { $0 &+ $1.time } } == 4_999_949_990)
        #expect(directory.names.isEmpty)
    }

    @Test("a missing directory is a failure")
    func missing() {
        let found = failure { _ = try SpooledRecords<Int64>(directory: "/no/such/directory") }
        #expect(found?.kind == .failure)
    }
}

@Suite("Digest")
struct DigestTests {
    @Test(
        "agrees with the published vectors of FIPS 180-2",
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        ])
    func vectors(text: String, digest: String) throws {
        let directory = TemporaryDirectory()
        #expect(try Digest.sha256(file: directory.write(text, to: "a")) == digest)
        #expect(Array(text.utf8).withUnsafeBytes { Digest.sha256($0) } == digest)
    }
}

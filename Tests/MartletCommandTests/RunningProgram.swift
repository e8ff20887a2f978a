// Runs the built binary as a child process, for tests: arguments in; output, errors, exit code out.

import Glibc

/// What a finished run of the program left.
struct FinishedProgram {
    /// Exit code; 128 plus the signal when a signal ended it.
    let code: Int32
    /// Standard output.
    let output: String
    /// Standard error.
    let errors: String
}

/// A problem of the test itself.
struct TestProblem: Error { let message: String }

/// A running child process.
struct RunningProgram {
    let process: pid_t
    private let outputPath: String
    private let errorPath: String

    /// The binary beside the test runner.
    static var binary: String {
        var folder = executablePath()[...]
        folder = folder.prefix(upTo: folder.lastIndex(of: "/") ?? folder.startIndex)
        return folder + "/martlet"
    }

    /// The checkout's root.
    static var checkout: String {
        var path = #filePath[...]
        for _ in 0..<3 {
            path = path.prefix(upTo: path.lastIndex(of: "/") ?? path.startIndex)
        }
        return String(path)
    }

    private static func executablePath() -> String {
        guard let resolved = realpath("/proc/self/exe", nil) else { return "" }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// Starts the program in `folder` with `environment` added to an empty one.
    static func start(
        _ arguments: [String], in folder: String = checkout, environment: [String] = [],
        outputTo descriptor: Int32? = nil, inputFrom input: Int32? = nil
    ) throws -> RunningProgram {
        try start([binary] + arguments, folder, environment, descriptor, input)
    }

    /// Runs a shell script to its end.
    static func shell(_ script: String) throws -> FinishedProgram {
        try start(["/bin/bash", "-c", script], checkout, [], nil, nil).finish()
    }

    private static func start(
        _ command: [String], _ folder: String, _ environment: [String], _ descriptor: Int32?,
        _ input: Int32?
    ) throws -> RunningProgram {
        let scratch = try TemporaryFolder()
        let outputPath = scratch.path + "/out"
        let errorPath = scratch.path + "/err"
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if let input {
            posix_spawn_file_actions_adddup2(&actions, input, 0)
        } else {
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        }
        if let descriptor {
            posix_spawn_file_actions_adddup2(&actions, descriptor, 1)
        } else {
            posix_spawn_file_actions_addopen(&actions, 1, outputPath, O_WRONLY | O_CREAT, 0o600)
        }
        posix_spawn_file_actions_addopen(&actions, 2, errorPath, O_WRONLY | O_CREAT, 0o600)
        let changer = "/usr/bin/env"
        var words = ([changer, "-C", folder] + command).map { strdup($0) } + [nil]
        var variables = (["PATH=/usr/bin:/bin"] + environment).map { strdup($0) } + [nil]
        defer { (words + variables).forEach { free($0) } }
        var process = pid_t()
        let problem = posix_spawn(&process, changer, &actions, nil, &words, &variables)
        guard problem == 0 else {
            throw TestProblem(message: "\(command[0]): \(String(cString: strerror(problem)))")
        }
        return RunningProgram(process: process, outputPath: outputPath, errorPath: errorPath)
    }

    /// Sends a signal.
    func send(_ signal: Int32) { kill(process, signal) }

    /// Waits for its end and takes what it wrote.
    func finish() -> FinishedProgram {
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        let signal = status & 0x7F
        let code = signal == 0 ? (status >> 8) & 0xFF : 128 + signal
        let result = FinishedProgram(
            code: code, output: Self.contents(outputPath), errors: Self.contents(errorPath))
        unlink(outputPath)
        unlink(errorPath)
        rmdir(String(errorPath.dropLast(4)))
        return result
    }

    /// A file's text, empty when it cannot be read.
    static func contents(_ path: String) -> String {
        guard let file = fopen(path, "r") else { return "" }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 65_536)
        while case let count = fread(&block, 1, block.count, file), count > 0 {
            bytes += block[0..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Runs the program to its end.
    static func run(
        _ arguments: [String], in folder: String = checkout, environment: [String] = []
    ) throws -> FinishedProgram {
        try start(arguments, in: folder, environment: environment).finish()
    }
}

/// A fresh folder under the system's temporary folder; `remove()` deletes it with its content.
struct TemporaryFolder {
    let path: String

    init() throws {
        var template = Array("/tmp/martlet-test-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw TestProblem(message: "no temporary folder: \(String(cString: strerror(errno)))")
        }
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// Writes a text file in it and returns its path.
    func write(_ text: String, to name: String) throws -> String {
        let file = path + "/" + name
        guard let stream = fopen(file, "w") else {
            throw TestProblem(message: "\(file): \(String(cString: strerror(errno)))")
        }
        defer { fclose(stream) }
        fputs(text, stream)
        return file
    }

    /// The names in it, hidden ones too, in order.
    var names: [String] { Self.names(in: path) }

    private static func names(in path: String) -> [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Deletes it.
    func remove() { Self.remove(path) }

    private static func remove(_ path: String) {
        var facts = stat()
        if lstat(path, &facts) == 0, facts.st_mode & S_IFMT == S_IFDIR {
            for name in names(in: path) { remove(path + "/" + name) }
        }
        _ = Glibc.remove(path)
    }
}

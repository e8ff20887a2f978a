// Entry of the benchmarks: runs those asked for, prints a table and JSON, checks the baselines.

import Glibc
import MartletModel
import MartletStore

/// What the command line asks for.
struct BenchmarkRequest {
    var settings = BenchmarkSettings()
    var only: [String]?
    var jsonPath: String?
    var writesBaselines = false

    static let usage = """
        Usage: martlet-bench [--only NAME,NAME] [--runs N] [--json PATH] [--capture FILE.gz]
                             [--lines FILE] [--venue ID]
                             [--symbol S] [--tick T] [--lot L] [--bars FILE] [--write-baselines]
        Benchmarks: \(benchmarks.map(\.name).joined(separator: ", "))
        --json - prints JSON alone on standard output.
        """

    init(_ arguments: [String]) throws(Failure) {
        var index = 0
        func value() throws(Failure) -> String {
            index += 1
            guard index < arguments.count else {
                throw Failure(.usage, "\(arguments[index - 1]) needs a value\n" + Self.usage)
            }
            return arguments[index]
        }
        while index < arguments.count {
            switch arguments[index] {
            case "--only": only = try value().split(separator: ",").map(String.init)
            case "--runs": settings.runs = max(1, Int(try value()) ?? 9)
            case "--json": jsonPath = try value()
            case "--capture": settings.capture = try value()
            case "--lines": settings.lines = try value()
            case "--venue": settings.venue = try value()
            case "--symbol": settings.symbol = try value()
            case "--tick": settings.tick = try value()
            case "--lot": settings.lot = try value()
            case "--bars": settings.bars = try value()
            case "--write-baselines": writesBaselines = true
            default: throw Failure(.usage, "unknown: \(arguments[index])\n" + Self.usage)
            }
            index += 1
        }
        let known = benchmarks.map(\.name)
        if let unknown = only?.first(where: { !known.contains($0) }) {
            throw Failure(.usage, "no benchmark '\(unknown)'\n" + Self.usage)
        }
    }
}

/// Runs the benchmarks asked for and reports them; the exit code.
func runBenchmarks(_ request: BenchmarkRequest) throws(Failure) -> Int32 {
    let wanted = benchmarks.filter { request.only?.contains($0.name) ?? true }
    var template = Array("/tmp/martlet-bench-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
        throw Failure(.failure, "no temporary folder: " + String(cString: strerror(errno)))
    }
    var settings = request.settings
    settings.scratch = String(
        decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    defer { removeFolder(settings.scratch) }
    var report = BenchmarkReport(printsTable: request.jsonPath != "-")
    for benchmark in wanted {
        let measurement = try benchmark.run(settings)
        report.add(benchmark, measurement)
        if request.writesBaselines, let counted = measurement.allocations {
            try Baseline(
                name: benchmark.name, allocations: counted.count, events: counted.events
            ).write()
        }
    }
    if let path = request.jsonPath {
        if path == "-" {
            print(report.json.line)
        } else {
            try AtomicFile.write(report.json.pretty, to: path)
        }
    }
    return report.isWithinBaselines ? 0 : 1
}

do throws(Failure) {
    exit(try runBenchmarks(BenchmarkRequest(Array(CommandLine.arguments.dropFirst()))))
} catch {
    let message = "martlet-bench: \(error)\n"
    _ = write(STDERR_FILENO, message, message.utf8.count)
    exit(error.kind.rawValue)
}

// Writes the registry of strategies: reads Swift files, finds types that conform to Strategy.
// Usage: StrategyRegistryTool OUTPUT FILE…

import Glibc

func contents(of path: String) -> String? {
    guard let file = fopen(path, "rb") else { return nil }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
        let count = fread(&chunk, 1, chunk.count, file)
        bytes.append(contentsOf: chunk[..<count])
        if count < chunk.count { break }
    }
    guard ferror(file) == 0 else { return nil }
    return String(decoding: bytes, as: UTF8.self)
}

func end(_ message: String) -> Never {
    let line = message + "\n"
    _ = line.withCString { write(STDERR_FILENO, $0, strlen($0)) }
    exit(1)
}

/// Every strategy of every file, by name; ends the program at the first complaint.
func found(in files: ArraySlice<String>) -> [FoundStrategy] {
    var strategies: [FoundStrategy] = []
    var complaints: [Complaint] = []
    for file in files {
        guard let source = contents(of: file) else { end("\(file): error: cannot be read") }
        do {
            strategies += try Finder(file: file, source: source).strategies()
        } catch {
            complaints.append(error)
        }
    }
    strategies.sort { ($0.name, $0.file) < ($1.name, $1.file) }
    for (first, second) in zip(strategies, strategies.dropFirst()) where first.name == second.name {
        complaints.append(
            Complaint(
                file: second.file, line: second.line,
                message: "strategy name '\(second.name)' is taken by \(first.type) "
                    + "(\(first.file):\(first.line)); choose another name"))
    }
    guard complaints.isEmpty else { end(complaints.map(\.text).joined(separator: "\n")) }
    return strategies
}

let arguments = CommandLine.arguments
guard arguments.count >= 2 else { end("usage: StrategyRegistryTool OUTPUT FILE…") }
let strategies = found(in: arguments.dropFirst(2))
var lines = [
    "// Every strategy of this build, by name; written by StrategyRegistryTool, do not edit.", "",
    "/// Every strategy of this build, by name.",
    "public let registeredStrategies: [any Strategy.Type] = [",
]
lines += strategies.map { "    \($0.type).self,  // \($0.name)" }
lines += ["]", ""]
guard let output = fopen(arguments[1], "wb") else {
    end("\(arguments[1]): error: cannot be written")
}
let text = lines.joined(separator: "\n")
guard fputs(text, output) >= 0, fclose(output) == 0 else {
    end("\(arguments[1]): error: cannot be written; is the disk full?")
}

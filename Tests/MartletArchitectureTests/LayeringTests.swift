// Holds the package to its layers: who may import whom, and a diagram that is not stale.

import FoundationEssentials
import Glibc
import Testing

/// What `swift package describe` says of a target.
struct DescribedTarget: Decodable, Sendable {
    let name: String
    let type: String
    let path: String
    let dependencies: [String]?
    let sources: [String]

    enum CodingKeys: String, CodingKey {
        case name, type, path, sources
        case dependencies = "target_dependencies"
    }
}

/// The package as its manifest describes it.
struct DescribedPackage: Decodable, Sendable {
    let targets: [DescribedTarget]

    /// The checkout's root.
    static var checkout: String {
        var path = #filePath[...]
        for _ in 0..<3 {
            path = path.prefix(upTo: path.lastIndex(of: "/") ?? path.startIndex)
        }
        return String(path)
    }

    /// Asks the package manager, with a scratch folder of its own: the usual one may be locked.
    static func read() throws -> DescribedPackage {
        let scratch = "/tmp/martlet-describe-\(getpid())"
        let (code, output) = shell(
            "cd '\(checkout)' && swift package --scratch-path '\(scratch)' describe --type json; "
                + "code=$?; rm -rf '\(scratch)'; exit $code")
        try #require(code == 0, "\(output)")
        let start = try #require(output.firstIndex(of: "{"))
        return try JSONDecoder().decode(DescribedPackage.self, from: Data(output[start...].utf8))
    }
}

/// Runs a shell command and takes its output; the exit code is −1 when it could not be run.
func shell(_ command: String) -> (code: Int32, output: String) {
    guard let stream = popen(command, "r") else { return (-1, "") }
    var bytes: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 65_536)
    while case let count = fread(&block, 1, block.count, stream), count > 0 {
        bytes += block[0..<count]
    }
    let status = pclose(stream)
    return ((status >> 8) & 0xFF, String(decoding: bytes, as: UTF8.self))
}

@Suite("Layering", .serialized)
struct LayeringTests {
    /// What each target may import directly; it may import what those may import as well.
    static let allowed: [String: [String]] = [
        "MartletModel": [],
        "MartletBook": ["MartletModel"],
        "MartletAccounting": ["MartletModel"],
        "MartletSignals": ["MartletModel", "MartletBook"],
        "MartletStatistics": ["MartletModel"],
        "MartletVenues": ["MartletModel", "MartletBook"],
        "MartletStrategies": ["MartletModel", "MartletBook", "MartletSignals"],
        "MartletEngine": [
            "MartletBook", "MartletAccounting", "MartletSignals", "MartletStatistics",
            "MartletStrategies",
        ],
        // CPrefetch is no library: one inline hint to the processor, without state or effect.
        "MartletSimulation": [
            "MartletModel", "MartletBook", "MartletAccounting", "MartletEngine", "CPrefetch",
        ],
        "MartletStore": ["MartletModel", "CZlib", "CZstandard", "CDeflate", "CCrypto"],
        "MartletNetwork": [
            "MartletModel", "COpenSSL", "CWslay", "CWebDeflate", "CCurl", "CMicroHTTPD", "CNats",
            "CLinux",
        ],
        "MartletFeed": [
            "MartletNetwork", "MartletVenues", "MartletBook", "MartletStore", "MartletImport",
        ],
        "MartletVenueServer": [
            "MartletNetwork", "MartletVenues", "MartletSimulation", "MartletStore",
        ],
        "MartletImport": ["MartletVenues", "MartletBook", "MartletStore"],
        "MartletResearch": [
            "MartletEngine", "MartletSimulation", "MartletStatistics", "MartletStore",
        ],
    ]

    private static func closure(_ name: String) -> Set<String> {
        var reached: Set<String> = []
        var waiting = allowed[name] ?? []
        while let next = waiting.popLast() {
            if reached.insert(next).inserted { waiting += allowed[next] ?? [] }
        }
        return reached
    }

    @Test("no target imports what its layer may not see")
    func imports() throws {
        let package = try DescribedPackage.read()
        let libraries = package.targets.filter { $0.path.hasPrefix("Sources/Martlet") }
        #expect(Set(libraries.map(\.name)) == Set(Self.allowed.keys))
        for target in libraries {
            let own = Self.allowed[target.name] ?? []
            for dependency in target.dependencies ?? [] where !dependency.hasSuffix("Plugin") {
                let isAllowed =
                    own.contains(dependency)
                    || (dependency.hasPrefix("Martlet")
                        && Self.closure(target.name).contains(dependency))
                #expect(isAllowed, "\(target.name) must not import \(dependency)")
            }
        }
    }

    @Test("each C library is imported by exactly one target")
    func libraries() throws {
        let package = try DescribedPackage.read()
        let names = package.targets.filter { $0.path.hasPrefix("Sources/C") }.map(\.name)
        #expect(!names.isEmpty)
        for name in names {
            let users = package.targets.filter {
                $0.type != "test" && ($0.dependencies ?? []).contains(name)
            }
            #expect(users.count == 1, "\(name) is imported by \(users.map(\.name))")
        }
    }

    @Test("pure targets import neither Foundation nor a C library of ours")
    func pureTargets() throws {
        let pure = [
            "Model", "Book", "Accounting", "Signals", "Statistics", "Venues", "Strategies",
            "Engine", "Simulation",
        ].map { "Martlet" + $0 }
        for target in try DescribedPackage.read().targets where pure.contains(target.name) {
            for source in target.sources where !source.hasPrefix("/") {
                let path = DescribedPackage.checkout + "/" + target.path + "/" + source
                let text = String(
                    decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
                let imports = text.split(separator: "\n").filter {
                    $0.hasPrefix("import ") || $0.hasPrefix("public import ")
                        || $0.hasPrefix("package import ")
                }
                for line in imports {
                    let module = String(line.split(separator: " ").last ?? "")
                    #expect(
                        module.hasPrefix("Martlet") || module == "Glibc" || module == "CPrefetch"
                            || (module == "Synchronization" && target.name != "MartletModel"),
                        "\(path): \(line)")
                }
            }
        }
    }

    @Test("the diagram in docs/architecture.md says what the manifest says")
    func diagram() {
        let (code, output) = shell(
            "cd '\(DescribedPackage.checkout)' && scripts/architecture-diagram --check 2>&1")
        #expect(code == 0, "\(output)")
    }
}

// Fills and states of whole runs against another engine's, row by row: the goldens of parity.

import FoundationEssentials
import MartletImport
import MartletModel
@testable import MartletResearch
import MartletStore
import MartletTesting
import MartletVenues
import Testing

/// One golden run: its name says everything about it.
struct GoldenCase: CustomTestStringConvertible, Sendable {
    let name: String
    /// Where `NAME.fills.csv.gz` and `NAME.state.csv.gz` are.
    let folder: String
    let isCorrected: Bool

    var testDescription: String { (isCorrected ? "corrected " : "") + name }

    /// The options of the run, from a name like `k0_lat10_power3_partial_q5_GTX`.
    func options(segment: String, output: String) throws -> BacktestOptions {
        let parts = name.split(separator: "_").map(String.init)
        try #require(parts.count == 6)
        var options = BacktestOptions()
        options.events = [segment]
        options.strategy = "touch-quoter"
        options.parameters = [
            ParameterSetting(name: "k", text: String(parts[0].dropFirst())),
            ParameterSetting(name: "quantity", text: String(parts[4].dropFirst())),
            ParameterSetting(name: "timeInForce", text: parts[5]),
        ]
        options.profile = isCorrected ? .corrected : .hftbacktest
        options.queue = try #require(QueueChoice(parts[2]))
        options.fillModel = try #require(FillChoice(rawValue: parts[3]))
        let latency = LatencyChoice(try #require(Nanoseconds(parts[1].dropFirst(3) + "ms")))
        options.entryLatency = latency
        options.responseLatency = latency
        options.makerFee = ExactDecimal("-0.00005")
        options.takerFee = ExactDecimal("0.0007")
        options.goldenOut = output
        options.out = output
        return options
    }

    /// The lines of one of its files.
    func lines(_ kind: String) throws -> [String] {
        try GoldenFiles.lines("\(folder)/\(name).\(kind).csv.gz")
    }
}

/// Where goldens are and how they are compared.
enum GoldenFiles {
    static let folder = TestData.packageRoot + "/Tests/Data/golden-eth"

    /// Whether every run is compared: in release builds, and where the environment says so.
    static let runsAll =
        !TestFiles.isDebug || ProcessInfo.processInfo.environment["MARTLET_ALL_GOLDENS"] != nil

    /// The runs that a debug build compares, one or more for each queue, fill model and order kind.
    static let handful: Set<String> = [
        "k0_lat0_power3_nopartial_q0.01_GTX", "k5_lat10_log_nopartial_q0.01_GTX",
        "k0_lat10_risk_nopartial_q5_GTX", "k-2_lat10_power3_nopartial_q0.01_GTC",
        "k0_lat10_power3_partial_q5_GTX", "k0_lat10_log_partial_q5_GTX",
        "k-2_lat10_power3_partial_q0.01_GTC",
    ]

    /// The runs to compare in this build.
    static let chosen: [GoldenCase] = {
        let all = (try? Self.all(in: folder)) ?? []  // an unreadable folder fails the count test
        return all.filter { runsAll || handful.contains($0.name) }
    }()

    /// Every run of a collection of goldens: no-partial ones, and partial ones as corrected.
    static func all(in folder: String) throws -> [GoldenCase] {
        func names(_ folder: String, _ fill: String) throws -> [String] {
            try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
                .filter { $0.hasSuffix(".fills.csv.gz") && $0.split(separator: "_")[3] == fill }
                .map { String($0.dropLast(".fills.csv.gz".count)) }
        }
        return try names(folder, "nopartial")
            .map { GoldenCase(name: $0, folder: folder, isCorrected: false) }
            + names(folder + "/corrected", "partial")
            .map { GoldenCase(name: $0, folder: folder + "/corrected", isCorrected: true) }
    }

    static func lines(_ path: String) throws -> [String] {
        let reader = try LineReader(path: path)
        var lines: [String] = []
        while let line = try reader.next() { lines.append(String(decoding: line, as: UTF8.self)) }
        return lines
    }

    /// Columns that hold amounts; all others are compared as text.
    static let amounts: Set<String> = [
        "qty", "leaves_qty", "bid_qty", "ask_qty", "position", "balance", "fee",
        "trading_volume", "trading_value",
    ]

    /// What differs first, or nil: identifiers, times, ticks, sides and counts exactly, amounts
    /// within 1e-9 × max(1, |x|, |y|).
    static func difference(_ found: [String], _ expected: [String]) -> String? {
        guard found.first == expected.first, let header = expected.first else {
            return "header: \(found.first ?? "none") instead of \(expected.first ?? "none")"
        }
        let names = header.split(separator: ",").map(String.init)
        for (number, (left, right)) in zip(found, expected).enumerated().dropFirst()
        where left != right {
            let leftFields = left.split(separator: ",", omittingEmptySubsequences: false)
            let rightFields = right.split(separator: ",", omittingEmptySubsequences: false)
            guard leftFields.count == names.count, rightFields.count == names.count else {
                return "line \(number + 1): \(left) instead of \(right)"
            }
            for (name, (one, other)) in zip(names, zip(leftFields, rightFields))
            where one != other {
                guard amounts.contains(name), let x = Double(one), let y = Double(other),
                    abs(x - y) <= 1e-9 * max(1, abs(x), abs(y))
                else { return "line \(number + 1), \(name): \(left) instead of \(right)" }
            }
        }
        return found.count == expected.count
            ? nil : "\(found.count) lines instead of \(expected.count)"
    }
}

/// The shipped capture as a segment, imported once for all cases.
private final class ImportedCapture: Sendable {
    let folder: String
    let segment: String

    static let shared = Result { try ImportedCapture() }

    private init() throws {
        folder =
            FileManager.default.temporaryDirectory.path + "/martlet-parity-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        segment = folder + "/ev.npy"
        _ = try CaptureImport.run(
            CaptureImportOptions(
                product: .usdm, sources: [TestData.shippedCapture], symbol: "ETHUSDT",
                tickSize: ExactDecimal("0.01"), lotSize: ExactDecimal("0.001"), output: segment))
    }
}

@Suite("Parity")
struct ParityTests {
    @Test("fills and states are those of the goldens", arguments: GoldenFiles.chosen)
    func agrees(with golden: GoldenCase) throws { try check(golden) }

    @Test("all 34 goldens are there, and the runs chosen are among them")
    func collection() throws {
        let names = try GoldenFiles.all(in: GoldenFiles.folder).map(\.name)
        #expect(Set(names).count == 34)
        #expect(GoldenFiles.handful.isSubset(of: names))
        #expect(GoldenFiles.chosen.count == (GoldenFiles.runsAll ? 34 : 7))
    }

    @Test("a difference is found and named")
    func differencesAreFound() {
        let header = "ts,bid_tick,balance"
        let rows: [(String, String, Bool)] = [
            ("1,2,0.1", "1,2,0.10000000000000001", true),
            ("1,2,0.1", "1,2,0.100000002", false),
            ("1,2,5000000000", "1,2,5000000001", true),
            ("1,2,0.1", "1,3,0.1", false),
            ("1,2.0,0.1", "1,2,0.1", false),
        ]
        for (left, right, isSame) in rows {
            #expect(
                (GoldenFiles.difference([header, left], [header, right]) == nil) == isSame,
                "\(left) and \(right)")
        }
        #expect(GoldenFiles.difference([header, "1,2,3"], [header]) != nil)
    }

    private func check(_ golden: GoldenCase) throws {
        let capture = try ImportedCapture.shared.get()
        let output = capture.folder + "/" + golden.testDescription.replacing(" ", with: "-")
        let options = try golden.options(segment: capture.segment, output: output)
        var written = try #require(
            try EventBacktest(options, progress: { _ in true }).run().golden)
        try written.write()
        for kind in ["fills", "state"] {
            let found = try GoldenFiles.lines("\(output).\(kind).csv")
            let problem = GoldenFiles.difference(found, try golden.lines(kind))
            #expect(problem == nil, "\(golden.name) \(kind)")
            try FileManager.default.removeItem(atPath: "\(output).\(kind).csv")
        }
    }
}

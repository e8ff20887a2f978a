// All recorded messages of all venues, decoded by the program and checked by a second implementation.

import Glibc
import MartletTesting
import Testing

@Suite("Recorded messages of all venues")
struct RecordedMessagesTests {
    private static let script = TestData.packageRoot + "/scripts/decode-messages"
    private static let python = TestData.packageRoot + "/.venv/bin/python"

    private static var problem: Comment? {
        if TestData.shared == nil {
            return "the recorded messages beside the project are not there"
        }
        if access(python, X_OK) != 0 { return "no .venv: run scripts/setup" }
        return nil
    }

    /// Families of venues, one run each.
    static let families = ["binance", "okx", "bybit", "hyperliquid", "mexc", "alpaca"]

    @Test(
        "decode to what is recorded of them, and every envelope fits the schema",
        .enabled(if: problem == nil, problem), arguments: families)
    func decode(family: String) throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let output = folder.path + "/out"
        let command =
            "'\(Self.python)' '\(Self.script)' --only \(family) --binary '\(RunningProgram.binary)'"
        let status = system(command + " > '\(output)' 2>&1")
        let text = RunningProgram.contents(output)
        #expect(status == 0, "\(text)")
        #expect(text.contains("\nok\n"), "\(text)")
        #expect(!text.contains("not held against the schema"))
    }
}

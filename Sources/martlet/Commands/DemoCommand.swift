// `demo`: the main job on the shipped market, offline: import, trade, report.

import Glibc
import MartletImport
import MartletModel
import MartletResearch
import MartletStore
import MartletVenues

/// The noun `demo`.
package enum DemoCommand {
    /// Its entry in the table.
    package static let verb = Verb(
        "demo", "", "the whole path on a shipped recorded market, offline",
        flags: [
            .value("out", "DIR", "run directory (runs/demo, replaced)"),
            .value("data", "FILE.gz", "the capture (found in the checkout)"),
        ],
        examples: ["martlet demo", "martlet demo --out runs/first --json"], run: run)

    private static let capture = "Data/binance-usdm/ethusdt_20240808.gz"
    private static let segment = "events/binance-usdm/ETHUSDT/2024-08-08.npy"

    private static func run(_ invocation: Invocation, _ console: Console) throws(Failure) {
        let source = try capturePath(invocation)
        try importCapture(source, console)
        var settings = Settings()
        settings.override(
            with: [
                ("events", segment), ("strategy", "touch-quoter"), ("set", "quantity=0.1"),
                ("entry-latency", "5ms"), ("response-latency", "5ms"), ("queue", "power3"),
                ("maker-fee", "-0.00005"),
                ("taker-fee", "0.0005"), ("bracket", "on"), ("force", "true"),
                ("out", invocation.text("out") ?? "runs/demo"),
            ].map { Setting(name: $0.0, text: $0.1, origin: .builtIn) })
        let options = try BacktestOptionsBuilder(settings).build()
        let outcome = try BacktestCommands.execute(options, console)
        if invocation.wantsJSON { return try console.print(outcome.json) }
        try console.print(RunSummary(outcome).text)
    }

    private static func capturePath(_ invocation: Invocation) throws(Failure) -> String {
        if let given = invocation.text("data") { return given }
        guard let root = Checkout.find(), access(root + "/" + capture, R_OK) == 0 else {
            throw Failure(
                .notFound,
                "\(capture): not found from here; run this in the checkout or give "
                    + "--data FILE.gz")
        }
        return root + "/" + capture
    }

    private static func importCapture(_ source: String, _ console: Console) throws(Failure) {
        try Folder.make(Folder.parent(of: segment))
        let progress = ProgressReporter(console)
        defer { progress.finish() }
        var options = CaptureImportOptions(
            product: .usdm, sources: [source], symbol: "ETHUSDT",
            tickSize: ExactDecimal(mantissa: 1, scale: 2),
            lotSize: ExactDecimal(mantissa: 1, scale: 3), output: segment)
        options.progress = { step in
            progress.report(Progress(phase: "import", done: step.lines, total: 74_655))
        }
        let summary = try CaptureImport.run(options)
        progress.finish()  // before the note
        console.note(
            "imported \(summary.lines) messages of ETHUSDT, 2024-08-08, into \(segment)")
    }
}

// Reports: self-contained, complete, bounded in size, and safe against hostile names.

import MartletModel
import MartletResearch
import Testing

@Suite("Report")
struct ReportTests {
    private func html(
        _ record: RunRecord, context: RunContext = RunContext(version: "0.0.0")
    ) throws -> String {
        let directory = TemporaryDirectory()
        try RunArtifacts.write(
            record, metrics: try RunMetrics(record), context: context, to: directory.path + "/run")
        return directory.text("run/report.html")
    }

    private func context(_ record: RunRecord) throws -> RunContext {
        let metrics = try RunMetrics(record)
        return RunContext(
            version: "0.0.0",
            bracket: ["power3", "risk-averse"].map {
                BracketRow(label: $0, record: record, metrics: metrics)
            },
            assumptions: [
                ModelAssumption(name: "Queue", statement: "Moves by trades.", errs: .pessimistic)
            ], warnings: ["No fees were given."])
    }

    @Test("loads nothing from anywhere")
    func selfContained() throws {
        let record = try SyntheticRun(cash: 100).record()
        let page = try html(record, context: try context(record))
        for outside in ["http://", "https://", "src=", "@import", "url(", "<iframe", "fetch("] {
            #expect(!page.contains(outside), "\(outside)")
        }
        #expect(page.components(of: "href=\"") > 5)
        #expect(page.components(of: "href=\"#") + 1 == page.components(of: "href=\""))
    }

    @Test("has its sections in order, warnings, both themes and text alternatives")
    func complete() throws {
        let record = try SyntheticRun(cash: 100).record()
        let page = try html(record, context: try context(record))
        let ids = [
            "result", "charts", "equity", "drawdown", "price", "position", "markouts", "results",
            "feed-latency", "bracket", "execution", "round-trips", "attribution", "data", "latency",
            "assumptions", "returns", "settings", "hashes",
        ]
        var rest = page[...]
        for id in ids {
            let found = rest.firstRange(of: "id=\"\(id)\"")
            #expect(found != nil, "\(id)")
            if let found { rest = rest[found.upperBound...] }
        }
        #expect(page.contains("No fees were given."))
        #expect(page.contains("ran behind the venue"))
        #expect(page.contains("prefers-color-scheme:dark") && page.contains("@media print"))
        #expect(page.components(of: "<svg") == page.components(of: "role=\"img\""))
        #expect(page.components(of: "<svg") == page.components(of: "<desc"))
        #expect(page.contains("pessimistic"))
    }

    @Test("a run without trades, without chart or of one moment still gives a page")
    func empty() throws {
        #expect(try html(try SyntheticRun(fillChance: 0).record()).contains("Nothing was traded"))
        var record = try SyntheticRun(seconds: 1, fillChance: 0).record()
        record.equity = []
        record.chart = []
        record.endTime = record.startTime
        #expect(try html(record).contains("</html>"))
    }

    @Test("names are text, never markup")
    func escaping() throws {
        let hostile = "<script>alert(1)</script>\"'&"
        var record = RunRecord(
            instrument: SyntheticRun().instrument, strategy: hostile,
            parameters: [(hostile, hostile)], settings: [(hostile, hostile)],
            orders: RecordStorage(copying: []), fills: RecordStorage(copying: []))
        record.data.clockShift = 1
        record.data.clockRule = hostile
        let page = try html(
            record,
            context: RunContext(
                version: hostile,
                inputs: [RunInput(role: hostile, path: hostile, sha256: hostile, bytes: 1)],
                assumptions: [ModelAssumption(name: hostile, statement: hostile, errs: .unknown)],
                warnings: [hostile]))
        #expect(!page.contains("<script>alert"))
        #expect(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;"))
    }

    @Test("stays small however long the run")
    func bounded() throws {
        let record = try SyntheticRun(seconds: 30_000, step: 100_000_000).record()
        #expect(record.fills.count > 10_000)
        let page = try html(record)
        #expect(page.utf8.count < 500_000)
        #expect(page.contains("One fill in"))
    }

    @Test("warns of orders that are large against what trades, without partial fills")
    func largeOrders() throws {
        let large = try SyntheticRun(quantity: 5000).record()
        #expect(try html(large).contains("large against what trades"))
        let small = try SyntheticRun(quantity: 5).record()
        #expect(try !html(small).contains("large against what trades"))
    }
}

extension String {
    /// How often `text` occurs.
    fileprivate func components(of text: String) -> Int { ranges(of: text).count }
}

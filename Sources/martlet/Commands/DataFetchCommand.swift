// `data fetch`: bars, a picture of the book and recent trades of one instrument, from its venue.

import Glibc
import MartletFeed
import MartletModel
import MartletNetwork
import MartletResearch
import MartletStore
import MartletVenues

/// The verb `data fetch`.
package enum DataFetchCommand {
    /// Its entry in the table.
    package static let verb = Verb(
        "data", "fetch", "save a venue's bars, book and recent trades, with a manifest; resumes",
        flags: [
            .value("venue", "ID", "whose data; binance means binance-usdm"),
            .value("symbol", "PAIR", "BTC/USDT, BTC/USDT:USDT or the venue's own name"),
            .value("timeframe", "T", "length of a bar: 1m, 15m, 4h, 1d (1m)"),
            .value("from", "TIME", "first bar; ISO 8601 or ns (the latest 1000 bars)"),
            .value("to", "TIME", "end, exclusive (now)"),
            .list("only", "WHAT", "bars, book or trades; may be repeated (all of them)"),
            .value("out", "DIR", "root of the data (data/real)"),
            .value("rest-url", "URL", "another address, such as http://127.0.0.1:8080"),
            .value("ca", "FILE", "trust these certificates, too (PEM)"),
        ],
        examples: [
            "martlet data fetch --venue binance --symbol BTC/USDT --timeframe 1m",
            "martlet data fetch --venue okx --symbol BTC-USDT-SWAP --timeframe 1h --from 2026-01-01",
        ], run: run)

    private static let parts = ["bars", "book", "trades"]

    private static func options(_ invocation: Invocation) throws(Failure) -> FetchOptions {
        let symbol = try invocation.required("symbol")
        let name = try invocation.required("venue")
        guard let venue = VenueID.named(name, symbol: symbol) else {
            throw Failure(
                .usage,
                "--venue '\(name)' is not known; "
                    + suggestion(for: name, in: VenueID.all.map(\.name)))
        }
        let interval = try invocation.parsed("timeframe", "a length such as 1m, 4h or 1d") {
            BarInterval($0)
        }
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        var options = FetchOptions(
            venue: venue, symbol: symbol, interval: interval ?? BarInterval(seconds: 60),
            now: Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec))
        let moment = "a moment such as 2024-08-08T23:55:00Z or nanoseconds since 1970"
        func time(_ name: String) throws(Failure) -> Int64? {
            try invocation.parsed(name, moment) { text in
                Timestamp(text).flatMap { $0.nanoseconds >= 0 ? $0.nanoseconds : nil }
            }
        }
        options.from = try time("from")
        options.to = try time("to")
        if let from = options.from, from >= options.to ?? options.now {
            throw Failure(.usage, "--from must be before --to and before now")
        }
        for part in invocation.texts("only") where !parts.contains(part) {
            throw Failure(.usage, "--only '\(part)' is none of " + parts.joined(separator: ", "))
        }
        let only = invocation.texts("only")
        if !only.isEmpty { options.parts = Set(only) }
        options.root = invocation.text("out") ?? options.root
        try readAccess(invocation, &options)
        return options
    }

    private static func readAccess(
        _ invocation: Invocation, _ options: inout FetchOptions
    ) throws(Failure) {
        if var base = invocation.text("rest-url") {
            guard base.hasPrefix("http://") || base.hasPrefix("https://") else {
                throw Failure(
                    .usage, "--rest-url '\(base)' begins with neither http:// nor https://")
            }
            while base.hasSuffix("/") { base.removeLast() }
            options.access.base = base
        }
        if let file = invocation.text("ca") {
            guard access(file, R_OK) == 0 else {
                throw FileFailure.reading(file, code: errno)
            }
            options.access.http.tls.caFile = file
        }
        options.access.http.proxies = ProxySettings(environment: FeedSourceFlags.value)
        if let key = FeedSourceFlags.value("APCA_API_KEY_ID"),
            let secret = FeedSourceFlags.value("APCA_API_SECRET_KEY"),
            VenueCatalog.adapter(for: options.venue)?.profile.needsCredentials == true
        {
            options.access.credentials = VenueCredentials(key: key, secret: secret)
        }
    }

    private static func run(_ invocation: Invocation, _ console: Console) throws(Failure) {
        let options = try options(invocation)
        let reporter = ProgressReporter(console)
        defer { reporter.finish() }
        let summary = try DataFetch.run(options) { progress in
            if let trouble = progress.trouble {
                // The bar begins anew below the words.
                reporter.finish()
                console.note(trouble)
            }
            let phase = progress.waiting.map { "waiting: \($0)" } ?? "bars"
            reporter.report(Progress(phase: phase, done: progress.done, total: progress.total))
        }
        reporter.finish()
        if invocation.wantsJSON { return try console.print(summary.json) }
        var text = "\(summary.folder): "
        if let file = summary.barFile {
            text +=
                "\(summary.bars) bars in \(file) (\(summary.chunksFetched) chunks fetched, "
                + "\(summary.chunksKept) kept); "
        }
        text +=
            "\(summary.levels) levels, \(summary.trades) trades; \(summary.requests) requests"
        if !summary.missing.isEmpty {
            text += "; not offered: " + summary.missing.joined(separator: ", ")
        }
        try console.print(text)
    }
}

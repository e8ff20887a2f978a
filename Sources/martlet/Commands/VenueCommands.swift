// `venue list` and `venue serve`: which venues there are, and one of them served locally.

import Glibc
import MartletModel
import MartletNetwork
import MartletStore
import MartletVenueServer
import MartletVenues

/// Verbs of `venue`.
package enum VenueCommands {
    /// The table.
    package static let verbs = [
        Verb(
            "venue", "list", "list venues: what is served, which channels there are",
            examples: ["martlet venue list", "martlet venue list --json"], run: list),
        Verb(
            "venue", "serve", "serve a venue's streams and REST on this machine",
            positionals: Positionals(placeholder: "VENUE", minimum: 1, maximum: 1),
            flags: [
                .list("capture", "FILE", "replay a recording (several: merged by time)"),
                .toggle("synthetic", "a market by chance instead"),
                .value("seed", "N", "the synthetic market follows from it (1)"),
                .value("rate", "N", "orders a second and instrument of it (100)"),
                .value("start", "TIME", "its first instant (now)"),
                .value("speed", "xN", "market seconds per second (x1)"),
                .value("play", "now|subscribed", "when the market starts"),
                .toggle("loop", "begin a recording again at its end"),
                .value("port", "N", "port, 0 takes a free one (0)"),
                .value("address", "IP", "where to listen (127.0.0.1)"),
                .toggle("tls", "listen with TLS too, own certificate"),
                .value("tls-port", "N", "port with TLS (0)"),
                .value("ca-out", "FILE", "write the certificate to trust"),
                .value("tls-cert", "FILE", "certificate of yours, PEM"),
                .value("tls-key", "FILE", "its key, PEM"),
                .toggle("print-port", "print ports as one JSON line"),
                .toggle("control", "allow /_martlet/… with a printed token"),
                .value("faults", "FILE.json5", "what is to go wrong, and when"),
                .value("fault-log", "FILE", "write what went wrong there (stderr)"),
                .toggle("legacy-routes", "Binance USDT-M: un-routed paths speak"),
                .value("books-snapshot", "on|off", "OKX: books begin with one (on)"),
                .value("lifetime", "TIME", "end connections after it (venue's)"),
                .value("duration", "TIME", "end after it"),
            ],
            examples: [
                "martlet venue serve binance --synthetic --seed 7 --port 8080",
                "martlet venue serve binance --capture ethusdt_20240808.gz --print-port",
            ], run: serve),
    ]

    private static func list(_ invocation: Invocation, _ console: Console) throws(Failure) {
        var rows: [[String]] = []
        var items: [JSONText] = []
        for venue in VenueID.all {
            let channels =
                VenueCatalog.adapter(for: venue)?.profile.channels.map(\.rawValue).sorted() ?? []
            let isServed = VenueProtocols.make(venue) != nil
            rows.append([
                venue.name, isServed ? "yes" : "no", channels.joined(separator: " "),
            ])
            items.append(
                .object([
                    ("venue", .string(venue.name)), ("served", .flag(isServed)),
                    ("channels", .array(channels.map { .string($0) })),
                ]))
        }
        if invocation.wantsJSON { return try console.print(.array(items)) }
        try console.print(TextTable(headings: ["venue", "served", "channels"], rows: rows).text)
    }

    private static func serve(_ invocation: Invocation, _ console: Console) throws(Failure) {
        try VenueServing(invocation, console).run()
    }
}

// The flags that say what to listen to and where: shared by `feed mux` and `feed record`.

import Glibc
package import MartletFeed
package import MartletModel
import MartletNetwork
import MartletStore
import MartletVenues

/// Reads sources, addresses and keys of a live feed.
package enum FeedSourceFlags {
    /// The flags.
    package static let flags: [Flag] = [
        .list(
            "source", "VENUE:SYMBOL[|SYMBOL]:CHANNELS",
            "what to listen to; symbols may be patterns (BTC*)"),
        .value("sources-file", "FILE", "more sources, one a line; read again when it changes"),
        .value("exchange", "VENUE", "short form: feed mux trades --exchange okx --symbol X"),
        .value(
            "symbol", "SYMBOL", "short form: the instrument, as the venue spells it or BTC/USDT"),
        .list("url", "[VENUE=]URL", "another address of the streams, ws:// or wss://"),
        .list("rest-url", "[VENUE=]URL", "another address of requests"),
        .value("ca", "FILE", "trust these certificates, too (PEM)"),
        .toggle("deflate", "ask for compressed messages"),
        .value("topics-per-connection", "N", "spread topics over more connections"),
    ]

    /// The sources of `--source`, `--sources-file` and the short form.
    ///
    /// - Throws: `usage` or `notFound`, with the words that were probably meant.
    package static func sources(
        _ invocation: Invocation, short channels: [String] = []
    ) throws(Failure) -> [FeedSource] {
        var result: [FeedSource] = []
        for text in invocation.texts("source") { result.append(try source(text)) }
        if let file = invocation.text("sources-file") { result += try sources(inFile: file) }
        if let exchange = invocation.text("exchange") {
            guard let symbol = invocation.text("symbol") else {
                throw Failure(.usage, "--exchange needs --symbol; see martlet feed mux --help")
            }
            guard !channels.isEmpty else {
                throw Failure(
                    .usage,
                    "name a channel: martlet feed mux trades --exchange \(exchange) --symbol \(symbol)"
                )
            }
            let list = channels.joined(separator: ",")
            result.append(try source(venue: exchange, symbols: symbol, channels: list))
        } else if !channels.isEmpty {
            throw Failure(
                .usage, "feed mux \(channels[0]) needs --exchange VENUE and --symbol SYMBOL")
        }
        guard !result.isEmpty else {
            throw Failure(
                .usage,
                "nothing to listen to; give --source VENUE:SYMBOL:CHANNELS, such as"
                    + " --source okx:BTC-USDT-SWAP:trades,l2")
        }
        return result
    }

    /// The sources of a file: one a line, `#` begins a comment.
    package static func sources(inFile path: String) throws(Failure) -> [FeedSource] {
        let bytes = try SmallFile.read(path, limit: 1 << 20, kind: .configuration)
        let text = String(decoding: bytes, as: UTF8.self)
        var result: [FeedSource] = []
        var number = 0
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            number += 1
            let words = line.prefix { $0 != "#" }.filter { !$0.isWhitespace }
            guard !words.isEmpty else { continue }
            do throws(Failure) {
                result.append(try source(String(words), givenBy: ""))
            } catch {
                throw Failure(error.kind, "\(path), line \(number): \(error.message)")
            }
        }
        return result
    }

    /// Reads `VENUE:SYMBOL[|SYMBOL]:CHANNELS`; pairs such as `BTC/USDT:USDT` have a colon, too.
    ///
    /// - Parameter flag: What the text was given by, for messages; empty for a line of a file.
    package static func source(
        _ text: String, givenBy flag: String = "--source "
    ) throws(Failure) -> FeedSource {
        guard let first = text.firstIndex(of: ":"), let last = text.lastIndex(of: ":"),
            first < last
        else {
            throw Failure(
                .usage,
                "\(flag)'\(text)' is not VENUE:SYMBOL:CHANNELS, such as okx:BTC-USDT-SWAP:trades,l2"
            )
        }
        return try source(
            venue: String(text[..<first]),
            symbols: String(text[text.index(after: first)..<last]),
            channels: String(text[text.index(after: last)...]))
    }

    private static func source(
        venue name: String, symbols: String, channels: String
    ) throws(Failure) -> FeedSource {
        let names = symbols.split(separator: "|").map(String.init)
        guard let one = names.first else {
            throw Failure(.usage, "a source of \(name) names no symbol")
        }
        guard let venue = VenueID.named(name, symbol: one) else {
            let known = VenueID.all.map(\.name)
            throw Failure(
                .usage, "there is no venue '\(name)'; \(suggestion(for: name, in: known))")
        }
        guard let adapter = VenueCatalog.adapter(for: venue) else {
            throw Failure(.notFound, "\(venue.name) cannot be listened to yet")
        }
        var (list, interval): ([FeedChannel], BarInterval?) = ([], nil)
        for word in channels.split(separator: ",").map(String.init) {
            let (channel, length) = try self.channel(word, adapter)
            list.append(channel)
            interval = length ?? interval
        }
        guard !list.isEmpty else {
            throw Failure(.usage, "a source of \(name) names no channel")
        }
        let source = FeedSource(
            venue: venue, symbols: names.map { spell($0, adapter) }, channels: list,
            interval: interval)
        for topic in source.topics(known: []) where adapter.profile.isStreamed(topic.channel) {
            do throws(Failure) { _ = try adapter.route(of: topic) } catch {
                // A symbol that the venue cannot have stops no other source: the feed tells of it,
                // as of those that the venue's list does not have.
                if error.kind != .usage { throw error }
            }
        }
        return source
    }

    /// Reads `trades` or `bars@5m`.
    private static func channel(
        _ word: String, _ adapter: any VenueAdapter
    ) throws(Failure) -> (FeedChannel, BarInterval?) {
        let parts = word.split(separator: "@", maxSplits: 1).map(String.init)
        let venue = adapter.profile.venue.name
        guard let name = parts.first, let channel = FeedChannel(rawValue: name.lowercased()) else {
            let known = FeedChannel.allCases.map(\.rawValue)
            throw Failure(
                .usage, "there is no channel '\(word)'; \(suggestion(for: word, in: known))")
        }
        if channel.isPrivate {
            throw Failure(
                .configuration,
                "\(channel.rawValue) of \(venue) are private: they need an account's keys, which"
                    + " feed mux does not take; it carries public channels")
        }
        guard adapter.profile.channels.contains(channel) else {
            let known = FeedChannel.allCases.filter {
                adapter.profile.channels.contains($0) && !$0.isPrivate
            }
            throw Failure(
                .notFound,
                "\(venue) has no channel \(channel.rawValue); it has "
                    + known.map(\.rawValue).joined(separator: ", "))
        }
        guard parts.count > 1 else { return (channel, nil) }
        guard channel == .bars, let interval = BarInterval(parts[1]) else {
            throw Failure(.usage, "'\(word)' is not a channel; bars take a length, such as bars@5m")
        }
        return (channel, interval)
    }

    /// The venue's spelling: pairs are put together, letters are capitals where the venue has them.
    /// What it cannot spell is left as it is, and will be no instrument of the venue.
    private static func spell(_ symbol: String, _ adapter: any VenueAdapter) -> String {
        if FeedSource.isPattern(symbol) { return symbol }
        guard let spelled = adapter.symbol(for: symbol), !spelled.isEmpty else { return symbol }
        return adapter.profile.venue == .hyperliquid ? spelled : spelled.uppercased()
    }

    /// Settings of a feed from the flags and the environment.
    package static func settings(
        _ invocation: Invocation, _ sources: [FeedSource]
    ) throws(Failure) -> FeedSettings {
        var settings = FeedSettings()
        settings.sources = sources
        settings.deflate = invocation.isOn("deflate")
        settings.topicsPerConnection = try invocation.parsed(
            "topics-per-connection", "a whole number above 0"
        ) { text in Int(text).flatMap { $0 > 0 ? $0 : nil } }
        settings.nearest = { nearestWord(to: $0, in: $1) }
        settings.seed = UInt64(truncatingIfNeeded: monotonicNanoseconds())
        if let file = invocation.text("ca") {
            guard access(file, R_OK) == 0 else {
                throw Failure(.notFound, "--ca \(file): \(String(cString: strerror(errno)))")
            }
            settings.tls.caFile = file
        }
        for text in invocation.texts("url") {
            let (venues, url) = try address(text, "url", ["ws://", "wss://"], sources)
            for venue in venues { settings.addresses[venue, default: .init()].webSocket = url }
        }
        for text in invocation.texts("rest-url") {
            let (venues, url) = try address(text, "rest-url", ["http://", "https://"], sources)
            for venue in venues { settings.addresses[venue, default: .init()].rest = url }
        }
        settings.proxies = ProxySettings(environment: value)
        try addKeys(&settings, sources)
        return settings
    }

    private static func addKeys(
        _ settings: inout FeedSettings, _ sources: [FeedSource]
    ) throws(Failure) {
        for source in sources {
            guard VenueCatalog.adapter(for: source.venue)?.profile.needsCredentials == true else {
                continue
            }
            guard let key = value("APCA_API_KEY_ID"), let secret = value("APCA_API_SECRET_KEY")
            else {
                throw Failure(
                    .configuration,
                    "\(source.venue.name) wants keys for its data, too: set APCA_API_KEY_ID and"
                        + " APCA_API_SECRET_KEY in the environment")
            }
            settings.credentials[source.venue] = VenueCredentials(key: key, secret: secret)
        }
    }

    /// The value of an environment variable; nil where it is not set or empty.
    static func value(_ name: String) -> String? {
        guard let text = getenv(name) else { return nil }
        let value = String(cString: text)
        return value.isEmpty ? nil : value
    }

    /// Reads `okx=ws://…`; without a venue it is for all venues of the sources.
    private static func address(
        _ text: String, _ flag: String, _ schemes: [String], _ sources: [FeedSource]
    ) throws(Failure) -> ([VenueID], String) {
        var url = text
        var venues = sources.map(\.venue)
        if let equals = text.firstIndex(of: "="),
            text.firstRange(of: "://").map({ equals < $0.lowerBound }) ?? true
        {
            let name = String(text[..<equals])
            url = String(text[text.index(after: equals)...])
            let named = venues.filter { venue in
                sources.contains {
                    VenueID.named(name, symbol: $0.symbols.first ?? "") == venue
                }
            }
            guard !named.isEmpty || VenueID.named(name) != nil else {
                throw Failure(
                    .usage,
                    "--\(flag) '\(text)': there is no venue '\(name)'; "
                        + suggestion(for: name, in: VenueID.all.map(\.name)))
            }
            venues = named.isEmpty ? [VenueID.named(name)].compactMap(\.self) : named
        }
        guard schemes.contains(where: { url.hasPrefix($0) && url.count > $0.count }) else {
            throw Failure(
                .usage,
                "--\(flag) '\(text)' is not [VENUE=]\(schemes.joined(separator: "… or "))…")
        }
        return (venues, url)
    }
}

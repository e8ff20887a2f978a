// What a recording holds, by kind, and what it lacks, in words.

import MartletVenues

/// Counts of a first pass over a recording.
struct CaptureTally {
    /// Messages, and how many of them were of which sort.
    private(set) var messages: Int64 = 0
    private var controls: Int64 = 0
    private var unknown: Int64 = 0
    private var dead: Int64 = 0
    private var failures: Int64 = 0
    private var events: [FeedChannel: Int64] = [:]
    private var snapshots: Int64 = 0
    /// Lines that are no messages.
    var unusable: Int64 = 0

    /// Counts a message: its kind, nil where it does not decode.
    mutating func count(_ kind: FrameKind?) {
        messages += 1
        switch kind {
        case .decoded: break
        case .control: controls += 1
        case .unknown: unknown += 1
        case .dead: dead += 1
        case nil: failures += 1
        }
    }

    /// Counts what a decoded message said.
    mutating func count(_ event: MarketEvent) {
        if case .book(let book) = event, book.isSnapshot {
            snapshots += 1
        } else {
            events[event.channel, default: 0] += 1
        }
    }

    /// What is there: `3 trades, 1 whole book; 2 control messages`.
    var holdings: String {
        var parts: [String] = []
        if snapshots > 0 { parts.append(Self.many(snapshots, "whole book")) }
        for channel in FeedChannel.allCases {
            guard let count = events[channel], count > 0 else { continue }
            let word = Self.words[channel] ?? channel.rawValue
            parts.append(Self.many(count, word))
        }
        let market = parts.isEmpty ? "nothing of a market" : parts.joined(separator: ", ")
        var others: [String] = []
        if controls > 0 { others.append(Self.many(controls, "control message")) }
        if unknown > 0 { others.append("\(unknown) of unknown kinds") }
        if dead > 0 { others.append("\(dead) of retired kinds") }
        if failures > 0 { others.append("\(failures) that do not decode") }
        if unusable > 0 { others.append(Self.many(unusable, "line") + " without a message") }
        return others.isEmpty ? market : market + "; " + others.joined(separator: ", ")
    }

    /// What a client will miss, nil where nothing: `no trades, no book to begin with`.
    var lacks: String? {
        var parts: [String] = []
        if events[.trades] == nil { parts.append("no trades") }
        if snapshots == 0 {
            parts.append(events[.l2] == nil ? "no books" : "no whole book to begin with")
        }
        if events[.bbo] == nil, snapshots == 0, events[.l2] == nil {
            parts.append("no best bid and ask")
        }
        return parts.isEmpty ? nil : parts.joined(separator: ", ")
    }

    private static let words: [FeedChannel: String] = [
        .trades: "trade", .l2: "book change", .bbo: "best bid and ask", .bars: "bar",
        .funding: "funding rate", .markPrice: "mark price", .indexPrice: "index price",
        .openInterest: "open interest", .liquidations: "forced order",
        .instruments: "instrument", .status: "trading state", .fills: "own fill",
        .orders: "own order", .positions: "own position", .balances: "own balance",
    ]

    private static func many(_ count: Int64, _ word: String) -> String {
        "\(count) \(word)" + (count == 1 || word == "best bid and ask" ? "" : "s")
    }
}

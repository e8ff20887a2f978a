// Trades that a link missed: marked when the connection is lost, asked for when the next one listens.

import MartletNetwork
import MartletVenues

extension LiveLink {
    /// The most answers that one hole is filled with.
    static let fillPagesMax = 20
    /// How long an answer to a subscription is waited for before trades are asked for anyway; ns.
    static let fillPatience: Int64 = 5_000_000_000

    /// Remembers the last trades: the connection is lost. A hole that is not filled yet grows.
    func markTrades() {
        for topic in machine.topics where topic.channel == .trades {
            guard marks[topic.symbol] == nil else { continue }
            marks[topic.symbol] = venue.memories[topic.symbol].latest
        }
    }

    /// Asks for the trades that were missed, of instruments whose trades come again: what happens
    /// from then on is in the stream.
    func fillTrades(_ socket: LiveSocket) {
        guard socket.number == machine.primarySocket else { return }
        let wanted = machine.topics.filter { $0.channel == .trades && marks[$0.symbol] != nil }
        guard !wanted.isEmpty else {
            marks = [:]
            return
        }
        let unanswered = Set(machine.unansweredTopics)
        let isLate = runner.reactor.now() - socket.openedAt > Self.fillPatience
        for topic in wanted where socket.expected.contains(topic) {
            guard
                isLate || !unanswered.contains(topic)
                    || socket.pipeline.lastMessage(of: topic) != nil,
                let mark = marks.removeValue(forKey: topic.symbol)
            else { continue }
            fill(topic.symbol, mark, from: mark, page: 1, socket)
        }
    }

    /// Asks for what follows `place`; `mark` is where the hole begins.
    private func fill(
        _ symbol: String, _ mark: TradeMark, from place: TradeMark, page: Int, _ socket: LiveSocket
    ) {
        guard
            let request = venue.adapter.trades(of: symbol, afterID: place.id, from: place.time)
        else { return }
        venue.requests.add(request, isPatient: true) { [weak self, weak socket] outcome in
            guard let self, let socket else { return }
            guard !socket.isGone else {
                // Lost again: the next connection fills the whole of it.
                if marks[symbol].map({ $0.time > mark.time }) ?? true { marks[symbol] = mark }
                return
            }
            switch outcome {
            case .answer(let response):
                take(response, request, symbol, mark, page, socket)
            case .failure(let reason), .refusal(_, let reason):
                venue.complain(
                    "no trades of \(symbol) for the time without a connection: \(reason)")
                miss(symbol, socket)
            }
            runner.flush()
        }
    }

    private func take(
        _ response: HTTPResponse, _ request: VenueRequest, _ symbol: String, _ mark: TradeMark,
        _ page: Int, _ socket: LiveSocket
    ) {
        let time = response.receivedAt
        let pipeline = socket.pipeline
        note("answer", JSONFacts.backfill(symbol, mark), socket, time)
        response.body.withUnsafeBufferPointer { bytes in
            runner.observer?.frame(
                bytes, isBinary: false, request: request.summary, of: socket.connection, at: time)
            _ = pipeline.backfill(
                bytes, request: request.summary, instrument: symbol, after: mark, at: time)
        }
        // A page that brought nothing new, or met the stream, was the last one.
        guard pipeline.asksForward(symbol, mark), !pipeline.filledToEnd,
            let next = pipeline.filledTo, next != mark
        else { return }
        guard page < Self.fillPagesMax else { return miss(symbol, socket) }
        fill(symbol, mark, from: next, page: page + 1, socket)
    }

    private func miss(_ symbol: String, _ socket: LiveSocket) {
        let time = runner.reactor.wallTime()
        note("missed", JSONFacts.object([("instrument", symbol)]), socket, time)
        socket.pipeline.missTrades(of: symbol, at: time)
    }
}

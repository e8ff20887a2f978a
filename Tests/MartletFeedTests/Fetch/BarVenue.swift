// A venue for tests of fetching: a bar for every minute, pages of any kind, and misbehaviour on demand.

import MartletFeed
import MartletModel
import MartletNetwork
import MartletTesting
import Synchronization

/// A server of USDT-M's shape.
final class BarVenue: Sendable {
    let requests = Mutex<[String]>([])
    /// Answers that come first, whatever is asked for bars: status, headers, body.
    let faults = Mutex<[(Int, [(String, String)], String)]>([])
    let pageSize = Mutex(100)
    let pagesFromEnd = Mutex(false)
    /// Minutes without a bar.
    let missing = Mutex<Range<Int64>>(0..<0)
    let port: UInt16
    private let thread: ReactorThread
    private let server: ServerBox

    /// Unchecked: the server is used on the reactor's thread only.
    private final class ServerBox: @unchecked Sendable {
        let server: HTTPServer
        init(_ server: HTTPServer) { self.server = server }
    }

    private final class Handler: Sendable {
        private let body = Mutex<(@Sendable (HTTPServerRequest) -> HTTPAnswer)?>(nil)
        func set(_ body: @escaping @Sendable (HTTPServerRequest) -> HTTPAnswer) {
            self.body.withLock { $0 = body }
        }
        func answer(_ request: HTTPServerRequest) -> HTTPAnswer {
            body.withLock { $0 }?(request) ?? HTTPAnswer(500)
        }
    }

    /// 2024-01-02T00:00:00Z, in minutes since the epoch.
    static let firstMinute: Int64 = 28_402_560

    init() throws {
        let thread = try ReactorThread()
        let handler = Handler()
        let made: Result<ServerBox, NetworkFailure> = thread.call { reactor in
            do throws(NetworkFailure) {
                return .success(
                    ServerBox(
                        try HTTPServer(reactor: reactor, options: HTTPServerOptions()) { request in
                            .answer(handler.answer(request))
                        }))
            } catch { return .failure(error) }
        }
        self.thread = thread
        server = try made.get()
        port = server.server.port
        handler.set { [weak self] in self?.answer($0) ?? HTTPAnswer(500) }
    }

    deinit {
        thread.call { [server] _ in server.server.close() }
        thread.stop()
    }

    private func answer(_ request: HTTPServerRequest) -> HTTPAnswer {
        requests.withLock { $0.append(request.target) }
        switch request.path {
        case "/fapi/v1/exchangeInfo":
            return .json(
                #"{"timezone":"UTC","serverTime":1,"symbols":[{"symbol":"BTCUSDT","status":"#
                    + #""TRADING","contractType":"PERPETUAL","baseAsset":"BTC","quoteAsset":"#
                    + #""USDT","marginAsset":"USDT","filters":[{"filterType":"PRICE_FILTER","#
                    + #""minPrice":"0.1","maxPrice":"1000000","tickSize":"0.10"},{"filterType":"#
                    + #""LOT_SIZE","minQty":"0.001","maxQty":"1000","stepSize":"0.001"}]}]}"#)
        case "/fapi/v1/depth":
            return .json(
                #"{"lastUpdateId":7,"E":1,"T":1,"bids":[["1.10","2.000"]],"asks":[["1.20","3"]]}"#)
        case "/fapi/v1/aggTrades":
            return .json(
                #"[{"a":5,"p":"1.10","q":"2.000","f":5,"l":5,"T":1,"#
                    + #""m":true}]"#)
        case "/fapi/v1/klines": return bars(request)
        case "/api/v5/public/instruments": return .json(#"{"code":"0","msg":"","data":[]}"#)
        case "/api/v5/market/history-candles": return candles(request)
        default: return .json(#"{"code":-1,"msg":"no such path"}"#, status: 404)
        }
    }

    private func bars(_ request: HTTPServerRequest) -> HTTPAnswer {
        if let (status, headers, body) = faults.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) {
            var answer = HTTPAnswer.json(body, status: status)
            for (name, value) in headers { answer.headers.append(name, value) }
            return answer
        }
        let from = ((Int64(request.queryValue("startTime") ?? "") ?? 0) + 59_999) / 60_000
        let to = (Int64(request.queryValue("endTime") ?? "") ?? 0) / 60_000 + 1
        let gone = missing.withLock { $0 }
        let first = max(from, Self.firstMinute)
        var minutes = (first..<max(to, first)).filter { !gone.contains($0) }
        let size = pageSize.withLock { $0 }
        if minutes.count > size {
            minutes =
                pagesFromEnd.withLock { $0 }
                ? Array(minutes.suffix(size)) : Array(minutes.prefix(size))
        }
        let rows = minutes.map { minute in
            "[\(minute * 60_000),\"\(minute).10\",\"\(minute).90\",\"\(minute).00\","
                + "\"\(minute).50\",\"12.000\",\(minute * 60_000 + 59_999),\"1\",3,\"1\",\"1\",\"0\"]"
        }
        return .json("[" + rows.joined(separator: ",") + "]")
    }

    /// OKX's pages: at most 100 bars, the newest first.
    private func candles(_ request: HTTPServerRequest) -> HTTPAnswer {
        let after = (Int64(request.queryValue("after") ?? "") ?? 0) / 60_000
        let before = (Int64(request.queryValue("before") ?? "") ?? 0) / 60_000
        let gone = missing.withLock { $0 }
        let rows = ((before + 1)..<max(after, before + 1)).filter { !gone.contains($0) }.suffix(100)
            .reversed().map {
                "[\"\($0 * 60_000)\",\"1\",\"2\",\"1\",\"2\",\"5\",\"5\",\"5\",\"1\"]"
            }
        return .json(#"{"code":"0","msg":"","data":["# + rows.joined(separator: ",") + "]}")
    }

    /// Options for a fetch of minutes counted from the venue's first one.
    func options(
        _ folder: TestFolder, _ from: Int64, _ to: Int64, now: Int64 = 14_400
    ) -> FetchOptions {
        let minute: Int64 = 60_000_000_000
        var options = FetchOptions(
            venue: .binanceUSDM, symbol: "BTC/USDT", interval: BarInterval(seconds: 60),
            now: (Self.firstMinute + now) * minute)
        options.from = (Self.firstMinute + from) * minute
        options.to = (Self.firstMinute + to) * minute
        options.root = folder.path
        options.access.base = "http://127.0.0.1:\(port)"
        options.parts = ["bars"]
        return options
    }

    var barRequests: Int { requests.withLock { $0.count { $0.contains("klines") } } }
}

// What Binance's adapter asks and says.

import MartletModel
import MartletVenues
import Testing

@Suite("Binance adapter")
struct BinanceAdapterTests {
    @Test("USDT-M books and quotes go to the public route, marks to the market route")
    func routes() throws {
        let adapter = BinanceAdapter(.usdm)
        #expect(try adapter.route(of: Topic(.l2, of: "BTCUSDT")).path == "/public/stream")
        #expect(try adapter.route(of: Topic(.markPrice, of: "BTCUSDT")).path == "/market/stream")
    }

    @Test("aggregates stand on the market route, which the public route would keep silent about")
    func tradeRoute() throws {
        #expect(
            try BinanceAdapter(.usdm).route(of: Topic(.trades, of: "BTCUSDT")).path
                == "/market/stream")
    }

    @Test("wrong symbols and missing channels are refused in words")
    func refusals() {
        for topic in [
            Topic(.trades, of: "BTC-USDT"), Topic(.trades, of: ""), Topic(.l2, of: "BTC@USDT"),
            Topic(.funding, of: "BTCUSDT"), Topic(.fills, of: ""),
            Topic(.bars, of: "BTCUSDT", interval: BarInterval(seconds: 7)),
            Topic(.l2, of: "BTCUSDT", depth: 7),
        ] {
            #expect(throws: Failure.self) { try BinanceAdapter(.spot).route(of: topic) }
        }
    }

    @Test("pairs become symbols")
    func symbols() {
        let usdm = BinanceAdapter(.usdm)
        let coinm = BinanceAdapter(.coinm)
        #expect(usdm.symbol(for: "BTC/USDT") == "BTCUSDT")
        #expect(usdm.symbol(for: "BTC/USDT:USDT") == "BTCUSDT")
        #expect(usdm.symbol(for: "BTC/USDT:USDT-240628") == "BTCUSDT_240628")
        #expect(coinm.symbol(for: "BTC/USD:BTC") == "BTCUSD_PERP")
        #expect(coinm.symbol(for: "BTC/USD:BTC-240628") == "BTCUSD_240628")
        #expect(BinanceAdapter(.spot).symbol(for: "BTC/USDT:USDT") == nil)
        #expect(BinanceAdapter(.spot).symbol(for: "BTCUSDT") == "BTCUSDT")
        #expect(BinanceAdapter(.spot).symbol(for: "/") == nil)
    }

    @Test("missed aggregates are asked for by the id after the last one")
    func backfill() {
        #expect(
            BinanceAdapter(.usdm).trades(of: "BTCUSDT", afterID: "41", from: nil)?.path
                == "/fapi/v1/aggTrades?symbol=BTCUSDT&fromId=42&limit=1000")
        #expect(
            BinanceAdapter(.coinm).trades(of: "BTCUSD_PERP", afterID: nil, from: 5_000_000)?.path
                == "/dapi/v1/aggTrades?symbol=BTCUSD_PERP&startTime=5&limit=1000")
    }

    @Test("topics of one stream are subscribed to once")
    func subscribe() {
        let topics = [Topic(.markPrice, of: "BTCUSDT"), Topic(.funding, of: "BTCUSDT")]
        #expect(
            BinanceAdapter(.usdm).subscribe(topics, id: 7) == [
                #"{"method":"SUBSCRIBE","params":["btcusdt@markPrice@1s"],"id":7}"#
            ])
    }

    @Test("a frame becomes an event with its levels")
    func decode() throws {
        let text =
            #"{"e":"depthUpdate","E":2,"T":1,"s":"BTCUSDT","U":1,"u":3,"pu":0,"#
            + #""b":[["10.0","1"]],"a":[["10.1","0"],["10.2","3"]]}"#
        var decoder = BinanceAdapter(.usdm).makeDecoder()
        var batch = EventBatch()
        let bytes = Array(text.utf8)
        try bytes.withUnsafeBufferPointer { bytes in
            let kind = try decoder.decode(Frame(bytes), into: &batch)
            #expect(kind == .decoded)
            let count = batch.events.count
            #expect(count == 1)
            guard case .book(let book) = batch.events[0] else {
                Issue.record("no book")
                return
            }
            #expect(book.header.instrument?.string == "BTCUSDT")
            #expect(book.header.exchangeTime == 1_000_000)
            #expect(book.bids.count == 1 && book.asks.count == 2)
            let last = batch.levels[book.asks.first + 1].price.text
            #expect(last == "10.2")
        }
    }
}

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

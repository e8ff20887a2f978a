// The server's own rules, on virtual time: limits, pings, lifetimes, pausing, determinism.

import MartletModel
import MartletVenueServer
import MartletVenues
import Testing

@Suite("Venue server engine")
struct VenueEngineTests {
    private static let second: Int64 = 1_000_000_000

    @Test("books put together from the stream equal the served ones", arguments: UInt64(1)...6)
    func books(seed: UInt64) throws {
        for product in [BinanceProduct.spot, .usdm, .coinm] {
            let venue = BinanceProtocol(product)
            let symbol = venue.syntheticInstruments[0].symbol
            var bench = try ServerBench(venue, seed: seed)
            let route = product == .usdm ? "/public" : ""
            let number = try bench.connect("\(route)/ws/\(symbol.lowercased())@depth@100ms")
            bench.run(Self.second)
            let prefix = ["/api/v3", "/fapi/v1", "/dapi/v1"][
                [BinanceProduct.spot, .usdm, .coinm].firstIndex(of: product) ?? 0]
            let path = "\(prefix)/depth?symbol=\(symbol)&limit=1000"
            var client = NaiveClientBook(try #require(ClientJSON.parse(bench.get(path).body)))
            bench.run(10 * Self.second)
            bench.pause()
            for message in bench.messages(number) {
                client.take(try #require(message), isSpot: product == .spot)
            }
            #expect(client.breaks.isEmpty, "\(product) seed \(seed)")
            let served = NaiveClientBook(try #require(ClientJSON.parse(bench.get(path).body)))
            #expect(client.last == served.last)
            #expect(client.bids == served.bids)
            #expect(client.asks == served.asks)
            #expect(served.bids.count >= 20)
            #expect(!bench.engine.market.instruments[0].isCrossed)
        }
    }

    @Test("equal seeds give equal messages, others do not")
    func determinism() throws {
        func heard(_ seed: UInt64) throws -> [String] {
            var bench = try ServerBench(BinanceProtocol(.usdm), seed: seed)
            let number = try bench.connect("/public/stream?streams=btcusdt@depth@100ms")
            bench.say(
                #"{"method":"SUBSCRIBE","params":["btcusdt@trade","btcusdt@bookTicker"],"id":1}"#,
                on: number)
            bench.run(5 * Self.second)
            return bench.heard[number] ?? []
        }
        let first = try heard(4)
        #expect(first.count > 100)
        #expect(try heard(4) == first)
        #expect(try heard(5) != first)
    }

    @Test("weight above the limit is 429, going on is 418, both with Retry-After")
    func weights() throws {
        var rules = VenueServerRules()
        rules.weight = ServerLimit(50, per: 60 * Self.second)
        rules.ban = 90 * Self.second
        var bench = try ServerBench(BinanceProtocol(.spot), rules: rules)
        let path = "/api/v3/depth?symbol=BTCUSDT&limit=100"
        let used = (1...10).map { _ in
            bench.get(path).headers.first { $0.name == "X-MBX-USED-WEIGHT-1M" }?.value
        }
        #expect(used.last == "50")
        let refused = (1...5).map { _ in bench.get(path) }
        #expect(refused.allSatisfy { $0.status == 429 })
        #expect(refused[0].text.hasPrefix("{\"code\":-1003"))
        #expect(refused[0].headers.contains { $0.name == "Retry-After" })
        let banned = bench.get(path)
        #expect(banned.status == 418)
        #expect(banned.headers.first { $0.name == "Retry-After" }?.value == "90")
        #expect(bench.get(path, peer: "10.0.0.2").status == 200, "others are served")
        bench.run(91 * Self.second)
        #expect(bench.get(path).status == 200)
    }

    @Test("too many messages or connections are refused")
    func rates() throws {
        var rules = VenueServerRules()
        rules.messages = ServerLimit(5, per: Self.second)
        rules.connections = ServerLimit(2, per: 300 * Self.second)
        var bench = try ServerBench(BinanceProtocol(.spot), rules: rules)
        let first = try bench.connect("/ws")
        #expect(bench.open("/ws") != nil)
        #expect(bench.open("/ws") == nil)
        #expect(bench.ends[0] == "429")
        for id in 1...5 { bench.say("{\"method\":\"LIST_SUBSCRIPTIONS\",\"id\":\(id)}", on: first) }
        #expect(bench.ends[first] == nil)
        bench.say(#"{"method":"LIST_SUBSCRIPTIONS","id":6}"#, on: first)
        #expect(bench.ends[first] == "close 1008")
    }

    @Test("the most that was used of a limit is measured in sliding windows")
    func usage() throws {
        var rules = VenueServerRules()
        rules.connections = ServerLimit(10, per: 60 * Self.second)
        rules.messages = ServerLimit(5, per: Self.second)
        rules.weight = ServerLimit(100, per: 60 * Self.second)
        var bench = try ServerBench(BinanceProtocol(.spot), rules: rules)
        let first = try bench.connect("/ws")
        _ = try bench.connect("/ws")
        // Three at the end of one fixed second and three at the beginning of the next: six in one.
        bench.run(Self.second * 9 / 10)
        for half in 0..<2 {
            for id in 1...3 {
                bench.say("{\"method\":\"LIST_SUBSCRIPTIONS\",\"id\":\(half * 3 + id)}", on: first)
            }
            bench.run(Self.second / 5)
        }
        _ = bench.get("/api/v3/depth?symbol=BTCUSDT&limit=100")
        bench.run(90 * Self.second)
        _ = bench.get("/api/v3/depth?symbol=BTCUSDT&limit=1000")
        let usage = bench.engine.usage
        #expect(usage.connections?.peak == 2 && usage.weight?.peak == 50)
        #expect(usage.messages?.peak == 6)
        #expect(usage.json.contains(#""messages":{"limit":5,"seconds":1,"peak":6}"#))
    }

    @Test("pings are sent, silence after them and old age end a connection")
    func pings() throws {
        var rules = VenueServerRules()
        rules.pingInterval = 20 * Self.second
        rules.pongTimeout = 60 * Self.second
        rules.lifetime = 300 * Self.second
        var bench = try ServerBench(BinanceProtocol(.spot), rate: 1, rules: rules)
        let silent = try bench.connect("/ws")
        let alive = try bench.connect("/ws")
        for _ in 1...8 {
            bench.run(20 * Self.second)
            bench.engine.pong(on: alive, at: bench.instant)
        }
        #expect(bench.heard[alive]?.contains("ping") == true)
        #expect(bench.ends[silent] == "close 1008")
        #expect(bench.ends[alive] == nil)
        for _ in 1...8 {
            bench.run(20 * Self.second)
            bench.engine.pong(on: alive, at: bench.instant)
        }
        #expect(bench.ends[alive] == "close 1001")
    }

    @Test("a paused market says nothing more, and goes on where it stood")
    func pausing() throws {
        var bench = try ServerBench(BinanceProtocol(.spot))
        let number = try bench.connect("/ws/btcusdt@depth@100ms")
        bench.run(2 * Self.second)
        bench.pause()
        let time = bench.engine.market.time
        let count = bench.heard[number]?.count
        bench.run(5 * Self.second)
        #expect(bench.heard[number]?.count == count)
        #expect(bench.engine.market.time == time)
        bench.engine.resume(at: bench.instant)
        bench.run(Self.second)
        #expect(bench.heard[number]?.count ?? 0 > count ?? 0)
        #expect(bench.engine.market.time == time + Self.second)
    }

    @Test("hostile requests and messages are answered, never a trap", arguments: UInt64(1)...20)
    func hostility(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var rules = BinanceProtocol(.spot).rules
        rules.messages = nil
        rules.weight = nil
        var bench = try ServerBench(BinanceProtocol(.spot), rules: rules)
        let number = try bench.connect("/ws")
        let letters = Array("{}[]\":,@0123456789-.eE%&=?/+aSUBCRIBEmethodparamsidlimit\\u\0 ")
        let paths = [
            "/api/v3/depth?symbol=BTCUSDT&limit=",
            "/api/v3/klines?symbol=BTCUSDT&interval=1M&limit=",
            "/api/v3/trades?symbol=BTCUSDT&fromId=", "/api/v3/exchangeInfo?symbols=",
            "/api/v3/aggTrades?symbol=BTCUSDT&startTime=", "/api/v3/klines?interval=1m&symbol=",
        ]
        let numbers = ["-1", "0", "9223372036854775807", "-9223372036854775808", "1e9", ""]
        for _ in 0..<60 {
            var text = ""
            for _ in 0..<Int(random.next() % 30) {
                text.append(letters[Int(random.next() % UInt64(letters.count))])
            }
            bench.say(text, on: number)
            bench.say(
                "{\"method\":\"SUBSCRIBE\",\"params\":[\"\(text.prefix(9))@depth\"]}", on: number)
            let path = paths[Int(random.next() % UInt64(paths.count))]
            _ = bench.get(path + text)
            _ = bench.get(path + numbers[Int(random.next() % UInt64(numbers.count))])
        }
        bench.run(Self.second)
        #expect(bench.ends[number] == nil)
    }
}

// A capture becomes exactly the rows that the segment format asks for, or nothing at all.

import Foundation
import MartletImport
import MartletModel
import MartletStore
import MartletTesting
import MartletVenues
import Testing

@Suite("Capture import")
struct CaptureImportTests {
    @Test("a depth message is one row a level, bids then asks, zero sizes kept")
    func depthRows() throws {
        let message = depth(
            5, first: 1, last: 2, previous: 0, bids: #"["10.0","1"],["9.9","0.00"]"#,
            asks: #"["10.1","2.5"]"#)
        #expect(
            try Workbench().rows(["100 \(message)"]) == [
                "level buy 100x100 5000000/100 #2 start", "level buy 99x0 5000000/100 #2 ",
                "level sell 101x250 5000000/100 #2 end",
            ])
    }

    @Test("a snapshot clears each side before its levels; an empty side says so")
    func snapshotRows() throws {
        let full =
            #"{"lastUpdateId":7,"E":6,"T":5,"bids":[["2","1"],["1","1"]],"asks":[["3","1"]]}"#
        #expect(
            try Workbench().rows(["9 \(full)"]) == [
                "level buy 10x0 5000000/9 #7 start+snapshot+snapshotStart+clear",
                "level buy 20x100 5000000/9 #7 snapshot", "level buy 10x100 5000000/9 #7 snapshot",
                "level sell 30x0 5000000/9 #7 snapshot+clear",
                "level sell 30x100 5000000/9 #7 end+snapshot",
            ])
        let empty = #"{"lastUpdateId":7,"bids":[],"asks":[]}"#
        #expect(
            try Workbench().rows(["9 \(empty)"], product: .spot) == [
                "level buy 0x0 9/9 #7 start+snapshot+snapshotStart+clear+empty+receiveOnly",
                "level sell 0x0 9/9 #7 end+snapshot+clear+empty+receiveOnly",
            ])
    }

    @Test("partial depth streams are snapshots")
    func partialDepth() throws {
        let message =
            #"{"stream":"x@depth5@100ms","data":\#(depth(5, first: 1, last: 2, previous: 0, bids: #"["10","1"]"#))}"#
        #expect(
            try Workbench().rows(["9 \(message)"]) == [
                "level buy 100x0 5000000/9 #2 start+snapshot+snapshotStart+clear",
                "level buy 100x100 5000000/9 #2 snapshot",
                "level sell 0x0 5000000/9 #2 end+snapshot+clear+empty",
            ])
        let spot = #"{"stream":"x@depth5","data":{"lastUpdateId":2,"bids":[],"asks":[["1","1"]]}}"#
        #expect(try Workbench().rows(["9 \(spot)"], product: .spot).count == 3)
    }

    @Test("once the book comes as changes, partial depth streams are skipped")
    func partialDepthBesideChanges() throws {
        func streamed(_ name: String, _ data: String) -> String {
            #"{"stream":"x@\#(name)","data":\#(data)}"#
        }
        let level = #"["10","1"]"#
        for product in [BinanceProduct.usdm, .spot] {
            let isSpot = product == .spot
            func partial(_ number: Int) -> String {
                let spot = #"{"lastUpdateId":\#(number),"bids":[\#(level)],"asks":[]}"#
                let futures = depth(number, first: number, last: number, previous: 0, bids: level)
                return streamed("depth20@100ms", isSpot ? spot : futures)
            }
            func change(_ number: Int) -> String {
                let previous = isSpot ? nil : number - 1
                return streamed(
                    "depth@100ms",
                    depth(number, first: number, last: number, previous: previous, bids: level))
            }
            let answer = #"{"lastUpdateId":3,"bids":[\#(level)],"asks":[]}"#
            let messages = [
                partial(1), change(2), partial(3), answer, change(3), partial(4), change(4),
            ]
            let lines = messages.enumerated().map { "\($0.offset + 1) \($0.element)" }
            let bench = try Workbench()
            let options = bench.options([try bench.capture(lines)], product: product)
            let summary = try CaptureImport.run(options)
            #expect(summary.skipped.partialBooks == 2 && summary.skipped.otherKinds == 0)
            #expect(summary.sidecar.statistics.messages == 5)
            let sequences = try bench.rows().map { $0.split(separator: "#")[1].prefix(1) }
            #expect(sequences == ["1", "1", "1", "2", "3", "3", "3", "3", "4"])
        }
    }

    @Test(
        "what cannot be decoded is refused by its field",
        arguments: [
            (#"{"e":"trade","E":3,"T":2,"s":"X","t":9,"p":"NaN","q":"2","m":true}"#, "field p: "),
            (#"{"e":"trade","E":3,"T":null,"s":"X","t":9,"p":"1","q":"2","m":true}"#, "field T: "),
            (
                #"{"e":"trade","E":3,"T":2,"s":"X","t":9,"p":"1","q":"2"}"#,
                "only these are there: e E"
            ),
        ])
    func namesFields(message: String, words: String) throws {
        let failure = #expect(throws: Failure.self) { try Workbench().rows(["1 \(message)"]) }
        #expect(failure?.kind == .integrity)
        #expect(failure?.message.contains(words) == true, "\(failure?.message ?? "")")
    }

    @Test("trades, quotes, mark prices and forced orders become rows")
    func otherRows() throws {
        let lines = [
            #"1 {"e":"trade","E":3,"T":2,"s":"X","t":9,"p":"1.5","q":"2","X":"MARKET","m":true}"#,
            #"2 {"e":"trade","E":3,"T":2,"s":"X","t":10,"p":"1.5","q":"2","X":"ADL","m":false}"#,
            #"3 {"e":"aggTrade","E":3,"s":"X","a":5,"p":"1","q":"1","f":1,"l":2,"T":2,"m":false}"#,
            #"4 {"u":4,"s":"X","b":"1","B":"2","a":"3","A":"4"}"#,
            #"5 {"e":"markPriceUpdate","E":7,"s":"X","p":"1.50","i":"1.25","r":"-0.0001","T":9}"#,
            #"6 {"e":"forceOrder","E":8,"o":{"s":"X","S":"SELL","q":"1","p":"2","ap":"2.03","T":7}}"#,
            #"7 {"e":"kline","E":1,"s":"X","k":{"t":0,"T":1,"s":"X","i":"1m","o":"1","c":"1","h":"1","l":"1","v":"1","x":true}}"#,
            #"8 {"result":null,"id":1}"#, #"9 #connected {"url":"x"}"#, "10 b64:AAAA",
        ]
        #expect(
            try Workbench().rows(lines) == [
                "trade sell 15x200 2000000/1 #9 start+end",
                "trade buy 15x200 2000000/2 #10 start+end+nonMarket",
                "trade buy 10x100 2000000/3 #5 start+end+nonMarket+aggregate",
                "quote buy 10x200 2000000/4 #4 start+receiveOnly",
                "quote sell 30x400 2000000/4 #4 end+receiveOnly",
                "markPrice - 150000000x0 7000000/5 #-1 start+E",
                "indexPrice - 125000000x0 7000000/5 #-1 E",
                "funding - -100000000x9000000 7000000/5 #-1 end+E",
                "liquidation sell 20x100 7000000/6 #-1 start+end",
            ])
    }

    @Test("gaps, repeats and times that run backwards are flagged, counted and kept")
    func quality() throws {
        let level = #"["1","1"]"#
        let lines = [
            "1 " + depth(5, first: 1, last: 2, previous: 0, bids: level),
            "2 " + depth(6, first: 5, last: 6, previous: 4, bids: level),
            "3 " + depth(6, first: 1, last: 2, previous: 0, bids: level),
            "4 " + depth(5, first: 9, last: 9, previous: 8),
            "5 " + depth(5, first: 10, last: 11, previous: 9, bids: level),
            "6 " + depth(7, first: 12, last: 12, previous: 11, bids: level),
        ]
        let bench = try Workbench()
        #expect(
            try bench.rows(lines) == [
                "level buy 10x100 5000000/1 #2 start+end",
                "level buy 10x100 6000000/2 #6 start+end+gap",
                "level buy 10x100 6000000/3 #2 start+end+stale",
                "level buy 10x100 5000000/5 #11 start+end+gap+backwards",
                "level buy 10x100 7000000/6 #12 start+end",
            ])
        let statistics = try EventSegment(path: bench.path + "/out.npy").sidecar.statistics
        #expect(statistics.gaps == 2 && statistics.stale == 1 && statistics.timesBackwards == 1)
        let failure = try bench.failure(lines) { $0.isStrict = true }
        #expect(failure?.kind == .integrity)
        #expect(failure?.message.contains("line 2") == true)
    }

    @Test("spot updates follow by U and u")
    func spotChain() throws {
        let level = #"["1","1"]"#
        let lines = [
            "1 " + depth(5, first: 1, last: 2, bids: level),
            "2 " + depth(6, first: 3, last: 6, bids: level),
            "3 " + depth(7, first: 5, last: 8, bids: level),
            "4 " + depth(8, first: 10, last: 10, bids: level),
        ]
        let flags = try Workbench().rows(lines, product: .spot).map {
            $0.split(separator: " ").last
        }
        #expect(flags == ["start+end", "start+end", "start+end", "start+end+gap"])
    }

    @Test("several captures continue one another, and time filters apply")
    func several() throws {
        let bench = try Workbench()
        let level = #"["1","1"]"#
        let first = try bench.capture(
            ["1 " + depth(5, first: 1, last: 2, previous: 0, bids: level)], name: "a")
        let second = try bench.capture(
            [
                "2 " + depth(6, first: 3, last: 4, previous: 2, bids: level),
                "3 " + depth(7, first: 5, last: 6, previous: 4, bids: level),
            ], name: "b")
        var options = bench.options([first, second])
        let summary = try CaptureImport.run(options)
        #expect(summary.sidecar.statistics.rows == 3 && summary.sidecar.statistics.gaps == 0)
        #expect(summary.sidecar.sources.map(\.name) == ["a", "b"])
        options.from = Timestamp(nanoseconds: 2)
        options.to = Timestamp(nanoseconds: 3)
        #expect(try CaptureImport.run(options).sidecar.statistics.rows == 1)
        options.sources = [second, first]
        options.from = nil
        #expect(throws: Failure.self) { try CaptureImport.run(options) }
    }

    @Test(
        "what does not fit is refused by line and field, and leaves no file",
        arguments: [
            (#"["1.05","1"]"#, 9, ["line 2", "bid price", "1.05", "--tick"]),
            (#"["1","0.001"]"#, 9, ["line 2", "bid quantity", "0.001", "--lot"]),
            (#"["1","-1"]"#, 9, ["line 2", "negative"]),
            (#"["1e3","1"]"#, 9, ["line 2", "decimal"]),
            (#"["99999999999999999999","1"]"#, 9, ["line 2", "too large"]),
            (#"["9007199254740993","1"]"#, 9, ["line 2", "too large"]),
            (#"["1"]"#, 9, ["line 2"]),
        ])
    func misfits(level: String, code: Int32, words: [String]) throws {
        let bench = try Workbench()
        let good = "1 " + depth(5, first: 1, last: 2, previous: 0, bids: #"["1","1"]"#)
        let failure = try #require(
            try bench.failure([
                good, "2 " + depth(6, first: 3, last: 4, previous: 2, bids: level),
            ]))
        #expect(failure.kind.rawValue == code)
        for word in words { #expect(failure.message.contains(word), "\(failure.message)") }
        #expect(bench.files == ["capture.txt"])
    }

    @Test("a source is never overwritten")
    func overwriting() throws {
        let failure = try Workbench().failure(["1 {}"]) { $0.output = $0.sources[0] }
        #expect(failure?.kind == .usage)
    }

    @Test("the furthest prices are taken, and a book of them is not slow")
    func extremes() throws {
        let far = ["900719925474099.2", "-900719925474099.2", "0.0", "5.0", "900719925474099.1"]
        var lines: [String] = []
        for turn in 0..<200 {
            let size = turn % 3 == 0 ? "0" : "90071992547409.92"
            let levels = far.map { #"["\#($0)","\#(size)"]"# }.joined(separator: ",")
            lines.append(
                "\(turn) "
                    + depth(5 + turn, first: turn + 1, last: turn + 1, bids: levels, asks: levels))
        }
        #expect(try Workbench().rows(lines).count == 2000)
    }

    @Test("receive times that run backwards are refused")
    func receiveTimes() throws {
        let level = #"["1","1"]"#
        let failure = try Workbench().failure([
            "2 " + depth(5, first: 1, last: 2, bids: level),
            "1 " + depth(6, first: 3, last: 4, bids: level),
        ])
        #expect(failure?.kind == .integrity && failure?.message.contains("line 2") == true)
    }

    @Test("an instrument that is not there is told from those that are")
    func otherInstrument() throws {
        let bench = try Workbench()
        let snapshot = #"1 {"lastUpdateId":7,"E":6,"T":5,"bids":[["2.05","1"]],"asks":[]}"#
        let other = "2 " + depth(5, first: 1, last: 2, bids: #"["1.005","1"]"#)
        let failure = try bench.failure([snapshot, other]) { $0.symbol = "Y" }
        #expect(failure?.kind == .notFound && failure?.message.contains("X") == true)
        #expect(bench.files == ["capture.txt"])
        // The same misfit in the instrument's own snapshot is told as soon as that is certain.
        let certain = try bench.failure([snapshot, other])
        #expect(certain?.kind == .integrity)
        #expect(certain?.message.contains("line 1:") == true, "\(certain?.message ?? "")")
        // Messages of others do not disturb, whatever their numbers are like.
        let own = #"3 {"e":"trade","E":3,"T":2,"s":"Y","t":9,"p":"1","q":"2","m":true}"#
        #expect(try bench.rows([other, own]) { $0.symbol = "y" }.count == 1)
    }

    @Test("tick and lot come from an instrument list where they are not given")
    func instrumentList() throws {
        let list =
            #"{"symbols":[{"symbol":"X","status":"TRADING","baseAsset":"A","quoteAsset":"B","filters":[{"filterType":"PRICE_FILTER","tickSize":"0.5"},{"filterType":"LOT_SIZE","stepSize":"0.25","minQty":"1"},{"filterType":"MIN_NOTIONAL","notional":"5"}]}]}"#
        let trade = #"{"e":"trade","E":3,"T":2,"s":"X","t":9,"p":"1.5","q":"2","m":true}"#
        let bench = try Workbench()
        let rows = try bench.rows(["1 \(trade)", "2 \(list)"]) {
            $0.tickSize = nil
            $0.lotSize = nil
        }
        #expect(rows == ["trade sell 3x8 2000000/1 #9 start+end"])
        let spec = try EventSegment(path: bench.path + "/out.npy").sidecar.instrument
        #expect(spec.minimumQuantity.lots == 4 && spec.minimumNotional.description == "5")
        #expect(spec.baseAsset.name == "A" && spec.kind == .linear)
        let file = try bench.capture([list], name: "list.json")
        let fromFile = try bench.rows(["1 \(trade)"]) {
            $0.tickSize = nil
            $0.instrumentList = file
        }
        #expect(fromFile == ["trade sell 3x200 2000000/1 #9 start+end"])
        #expect(try bench.failure(["1 \(trade)"]) { $0.tickSize = nil }?.kind == .usage)
        #expect(
            try bench.failure(["1 \(trade)"]) { $0.tickSize = ExactDecimal.zero }?.kind == .usage)
    }

    @Test("the shipped market is imported whole")
    func shipped() throws {
        let bench = try Workbench()
        let hundredth = ExactDecimal(mantissa: 1, scale: 2)
        let options = CaptureImportOptions(
            product: .usdm, sources: [TestData.shippedCapture], symbol: "ethusdt",
            tickSize: hundredth, lotSize: ExactDecimal(mantissa: 1, scale: 3),
            output: bench.path + "/ev.npy")
        let summary = try CaptureImport.run(options)
        let statistics = summary.sidecar.statistics
        #expect(summary.lines == 74_655 && statistics.messages == 74_655)
        #expect(statistics.rows(of: .level) == 210_977 + 217_685 + 2002)
        #expect(statistics.rows(of: .trade) == 14_076 && statistics.rows(of: .quote) == 107_984)
        #expect(statistics.gaps == 0 && statistics.stale == 0)
        #expect(statistics.offsetMinKept == -1_272_228_703)
        #expect(summary.sidecar.instrument.id.symbol == "ETHUSDT")
        try EventSegment(path: options.output).validate()
        #expect(summary.sidecar.crossed == 0)
    }

    @Test("an unknown instrument is not found, also when nothing fits its tick")
    func shippedOther() throws {
        let bench = try Workbench()
        let options = CaptureImportOptions(
            product: .usdm, sources: [TestData.packageRoot + "/Tests/Data/ethusdt_usdm_300.gz"],
            symbol: "BTCUSDT", tickSize: ExactDecimal(mantissa: 1, scale: 1),
            lotSize: ExactDecimal(mantissa: 1, scale: 3), output: bench.path + "/ev.npy")
        do throws(Failure) {
            _ = try CaptureImport.run(options)
            Issue.record("an instrument that is not there was imported")
        } catch { #expect(error.kind == .notFound) }
        #expect(bench.files.isEmpty)
    }

    @Test("aggregates are trades where there are no single ones")
    func aggregatesAlone() throws {
        let line =
            #"3 {"e":"aggTrade","E":3,"s":"X","a":5,"p":"1","q":"1","f":1,"l":2,"T":2,"m":false}"#
        #expect(
            try Workbench().rows([line]) == [
                "trade buy 10x100 2000000/3 #5 start+end+aggregate"
            ])
    }

    @Test("futures messages are not taken for spot")
    func wrongMarket() throws {
        let line = "1 " + depth(5, first: 1, last: 2, previous: 0, bids: #"["1","1"]"#)
        let failure = try Workbench().failure([line], product: .spot)
        #expect(failure?.kind == .integrity && failure?.message.contains("--format") == true)
    }

    @Test("messages that leave the book crossed are counted")
    func crossed() throws {
        let lines = [
            "1 " + depth(5, first: 1, last: 2, bids: #"["1","1"]"#, asks: #"["2","1"]"#),
            "2 " + depth(6, first: 3, last: 4, bids: #"["2","1"]"#),
            "3 " + depth(7, first: 5, last: 6, bids: #"["3","1"]"#),
            "4 " + #"{"lastUpdateId":9,"E":8,"T":8,"bids":[["1","1"]],"asks":[["2","1"]]}"#,
        ]
        let bench = try Workbench()
        _ = try bench.rows(lines)
        #expect(try EventSegment(path: bench.path + "/out.npy").sidecar.crossed == 2)
    }

    @Test("a torn capture is refused, or cut where that is accepted")
    func torn() throws {
        let bench = try Workbench()
        let whole = try Data(
            contentsOf: URL(
                fileURLWithPath: TestData.packageRoot + "/Tests/Data/ethusdt_usdm_300.gz"))
        let file = bench.path + "/torn.gz"
        try whole.prefix(20_000).write(to: URL(fileURLWithPath: file))
        var options = CaptureImportOptions(
            product: .usdm, sources: [file], symbol: "ETHUSDT",
            tickSize: ExactDecimal(mantissa: 1, scale: 2),
            lotSize: ExactDecimal(mantissa: 1, scale: 3), output: bench.path + "/ev.npy")
        do throws(Failure) {
            _ = try CaptureImport.run(options)
            Issue.record("a torn capture was imported")
        } catch {
            #expect(error.kind == .integrity && error.message.contains("last good line"))
        }
        #expect(bench.files == ["torn.gz"])
        options.acceptsTorn = true
        let summary = try CaptureImport.run(options)
        #expect(summary.sidecar.cut?.lastGoodLine == summary.lines)
        #expect(summary.lines > 40)
    }
}

// Flags of `venue serve` that change how a venue speaks, as clients of the program notice them.

import Testing

@Suite("Habits of a served venue")
struct VenueHabitTests {
    /// Serves with `flags` for ten seconds at most, and runs a command of the program meanwhile;
    /// `PORT` in it is the port, `DIR` a fresh folder. Gives its standard output and errors.
    private func heard(
        _ venue: String, _ flags: String, _ command: String, after more: String = ""
    ) throws -> (text: String, code: Int32) {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let client = command.replacing("PORT", with: "$port").replacing("DIR", with: folder.path)
        let script = """
            cd \(folder.path)
            '\(RunningProgram.binary)' venue serve \(venue) \(flags) --print-port \
                --duration 20s > port 2> served &
            server=$!
            for _ in $(seq 400); do [ -s port ] && break; sleep 0.05; done
            port=$(sed 's/.*"port":\\([0-9]*\\).*/\\1/' port)
            '\(RunningProgram.binary)' \(client) 2>&1
            code=$?
            \(more.replacing("DIR", with: folder.path))
            kill $server; wait $server
            exit $code
            """
        let finished = try RunningProgram.shell(script)
        return (finished.output, finished.code)
    }

    @Test("connections end after --lifetime, and a feed goes on with another")
    func lifetime() throws {
        let (text, code) = try heard(
            "binance-spot", "--synthetic --lifetime 2s",
            "feed mux --source binance-spot:BTCUSDT:trades "
                + "--url binance-spot=ws://127.0.0.1:PORT --duration 7s")
        #expect(code == 0)
        #expect(text.contains(#""type":"trade""#))
        #expect(text.contains(#""type":"disconnect""#))
        #expect(text.contains(#""connection":2"#))
    }

    @Test(
        "OKX books begin with a snapshot on the stream, unless it is off", arguments: [true, false])
    func snapshots(isOn: Bool) throws {
        let (text, code) = try heard(
            "okx", "--synthetic --seed 3" + (isOn ? "" : " --books-snapshot off"),
            "feed record --source okx:BTC-USDT-SWAP:l2 --url okx=ws://127.0.0.1:PORT "
                + "--out DIR/captures --duration 3s",
            after: "find DIR/captures -name '*.zst' -exec zstdcat {} +")
        #expect(code == 0)
        #expect(text.contains(#""action":"update""#))
        #expect(text.contains(#""action":"snapshot""#) == isOn)
        #expect(text.contains("GET /api/v5/market/books") == !isOn, "REST brings it")
    }

    @Test("un-routed paths of USDT-M are silent without --legacy-routes", arguments: [true, false])
    func legacyRoutes(isOn: Bool) throws {
        let (text, _) = try heard(
            "binance-usdm", "--synthetic" + (isOn ? " --legacy-routes" : ""),
            "feed mux --source binance-usdm:BTCUSDT:trades "
                + "--url binance-usdm=ws://127.0.0.1:PORT/ws --duration 4s")
        #expect(text.contains(#""type":"trade""#) == isOn)
    }

    @Test("recordings go at their pace", arguments: [("1x", 1), ("x1", 1), ("x20", 20)])
    func speed(factor: String, times: Int) throws {
        // A trade a second for a minute.
        let lines = (0..<60).map { second in
            let time = 1_700_000_000_000 + second * 1000
            return "\(time)000000 {\"e\":\"trade\",\"E\":\(time),\"s\":\"BTCUSDT\",\"t\":\(second),"
                + "\"p\":\"10.5\",\"q\":\"2\",\"T\":\(time),\"m\":true}"
        }
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let path = try folder.write(lines.joined(separator: "\n") + "\n", to: "minute")
        let (text, _) = try heard(
            "binance-spot", "--capture \(path) --speed \(factor)",
            "feed mux --source binance-spot:BTCUSDT:trades "
                + "--url binance-spot=ws://127.0.0.1:PORT --duration 5s",
            after: "cat served")
        let trades = text.split(separator: "\n").count { $0.contains(#""type":"trade""#) }
        if times == 1 { #expect((1...7).contains(trades)) } else { #expect(trades > 20) }
        #expect(text.contains("recording: 60 messages hold 60 trades; no books"))
    }
}

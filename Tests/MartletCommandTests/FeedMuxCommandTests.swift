// `feed mux` as a program: what it refuses, and how it ends.

import Glibc
import Testing

@Suite("feed mux")
struct FeedMuxCommandTests {
    struct Row: CustomTestStringConvertible, Sendable {
        let arguments: [String]
        let code: Int32
        let words: String
        var testDescription: String { arguments.joined(separator: " ") }
    }

    static let refusals = [
        Row(arguments: [], code: 2, words: "nothing to listen to"),
        Row(arguments: ["--source", "okx"], code: 2, words: "VENUE:SYMBOL:CHANNELS"),
        Row(
            arguments: ["--source", "oxx:BTC-USDT:trades"], code: 2,
            words: "no venue 'oxx'; did you mean 'okx'?"),
        Row(
            arguments: ["--source", "okx:BTC-USDT:tradez"], code: 2,
            words: "no channel 'tradez'; did you mean 'trades'?"),
        Row(
            arguments: ["--source", "okx:BTC:trades", "--url", "ws://127.0.0.1:1"], code: 4,
            words: "okx has no instrument 'BTC'"),
        Row(
            arguments: ["--source", "binance-spot:BTCUSDT:funding"], code: 4,
            words: "binance-spot has no channel funding"),
        Row(
            arguments: ["fills", "--exchange", "okx", "--symbol", "BTC-USDT"], code: 3,
            words: "are private"),
        Row(arguments: ["trades"], code: 2, words: "needs --exchange VENUE and --symbol SYMBOL"),
        Row(
            arguments: ["--source", "alpaca:BTC/USD:trades"], code: 3, words: "APCA_API_KEY_ID"),
        Row(
            arguments: ["--source", "okx:BTC-USDT:trades", "--url", "okk=ws://127.0.0.1:1"],
            code: 2, words: "no venue 'okk'; did you mean 'okx'?"),
        Row(
            arguments: ["--source", "okx:BTC-USDT:trades", "--url", "http://127.0.0.1"], code: 2,
            words: "is not [VENUE=]ws://"),
        Row(
            arguments: ["--source", "okx:BTC-USDT:trades", "--type", "trades"], code: 2,
            words: "no type 'trades'; did you mean 'trade'?"),
        Row(
            arguments: ["--source", "okx:BTC-USDT:trades", "--ca", "/nowhere.pem"], code: 4,
            words: "/nowhere.pem"),
        Row(
            arguments: ["--source", "okx:BTC-USDT:trades", "--jetstream"], code: 2,
            words: "--jetstream goes with --nats"),
        Row(
            arguments: ["--source", "okx:BTC-USDT:trades", "--count", "0"], code: 2,
            words: "--count '0'"),
        Row(
            arguments: ["--sources-file", "/nowhere.txt"], code: 4, words: "/nowhere.txt"),
        Row(
            arguments: [
                "--source", "okx:BTC-USDT:trades", "--url", "ws://127.0.0.1:1", "--duration", "1s",
            ], code: 5, words: "no venue was live"),
    ]

    @Test("refuses with the words that help", arguments: refusals)
    func refuses(row: Row) throws {
        let finished = try RunningProgram.start(["feed", "mux"] + row.arguments).finish()
        #expect(finished.code == row.code)
        #expect(finished.errors.contains(row.words))
        #expect(finished.output.isEmpty)
    }

    @Test("SIGINT ends it with 130, SIGTERM in order", arguments: [SIGINT, SIGTERM])
    func signals(signal: Int32) throws {
        let running = try RunningProgram.start(
            ["feed", "mux", "--source", "okx:BTC-USDT:trades", "--url", "ws://127.0.0.1:1"])
        // It has begun when its first second was told.
        usleep(1_500_000)
        running.send(signal)
        let finished = running.finish()
        // No venue was live, which is the exit code of an orderly end, too.
        #expect(finished.code == (signal == SIGINT ? 130 : 5))
    }
}

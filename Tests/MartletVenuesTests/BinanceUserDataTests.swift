// Binance's messages about our own accounts become the documented events.

import MartletModel
import MartletVenues
import Testing

@Suite("Binance user data")
struct BinanceUserDataTests {
    struct Row: CustomTestStringConvertible, Sendable {
        let name: String
        var product = BinanceProduct.usdm
        let text: String
        let expected: [String]
        var control = ""
        var testDescription: String { name }
    }

    /// The part of an order event that all rows share.
    private static func order(_ members: String) -> String {
        #"{"e":"ORDER_TRADE_UPDATE","T":5,"E":6,"o":{"s":"BTCUSDT","o":"LIMIT","f":"GTX","#
            + #""p":"64000","sp":"0","i":22,"L":"64000","N":"USDT","n":"0.0512","T":5,"b":"0","#
            + #""a":"0","m":true,"ot":"LIMIT","ps":"BOTH","rp":"1.5","er":"0","# + members + "}}"
    }

    private static func report(_ members: String) -> String {
        #"{"e":"executionReport","E":6,"s":"ETHUSDT","S":"BUY","o":"LIMIT","f":"GTC","q":"1.00","#
            + #""p":"2500.00","P":"0.00","r":"NONE","i":12,"T":5,"w":true,"O":4,"# + members + "}"
    }

    static let table = [
        Row(
            name: "futures fill and order",
            text: order(
                #""c":"mt-1","S":"BUY","q":"0.010","ap":"64000","x":"TRADE","X":"PARTIALLY_FILLED","l":"0.004","z":"0.004","t":123,"R":false"#
            ),
            expected: [
                "fill BTCUSDT @5000000 123 order 22 client mt-1 buy 64000 0.004 leaves 0.006 maker "
                    + "fee 0.0512 USDT pnl 1.5",
                "order BTCUSDT @5000000 22 client mt-1 buy LIMIT GTX anyDirection at 64000 "
                    + "quantity 0.010 filled 0.004 average 64000 partiallyFilled PARTIALLY_FILLED",
            ]),
        Row(
            name: "liquidation is no order of ours",
            text: order(
                #""c":"autoclose-1","S":"SELL","q":"1","ap":"64000","x":"CALCULATED","X":"FILLED","l":"1","z":"1","t":9,"R":true"#
            ),
            expected: [
                "fill BTCUSDT @5000000 9 order 22 client autoclose-1 sell 64000 1 leaves 0 maker "
                    + "fee 0.0512 USDT pnl 1.5 liquidation"
            ]),
        Row(
            name: "fast fill",
            text:
                #"{"e":"TRADE_LITE","E":6,"T":5,"s":"BTCUSDT","q":"0.001","p":"0","m":false,"c":"z8","S":"BUY","L":"64089.20","l":"0.040","t":109,"i":88}"#,
            expected: [
                "fill BTCUSDT @5000000 109 order 88 client z8 buy 64089.20 0.040 taker"
            ]),
        Row(
            name: "conditional order",
            text:
                #"{"e":"ALGO_UPDATE","T":5,"E":6,"o":{"caid":"Q5","aid":21,"at":"CONDITIONAL","o":"TAKE_PROFIT","s":"BNBUSDT","S":"SELL","ps":"BOTH","f":"GTC","q":"0.01","X":"CANCELED","ai":"","ap":"0.00000","aq":"0.00000","tp":"750","p":"740","R":true,"rm":"Reduce Only reject"}}"#,
            expected: [
                "order BNBUSDT @5000000 21 client Q5 sell TAKE_PROFIT GTC reduceOnly at 740 "
                    + "trigger 750 quantity 0.01 filled 0.00000 canceled CANCELED "
                    + "because Reduce Only reject"
            ]),
        Row(
            name: "balances and positions",
            text:
                #"{"e":"ACCOUNT_UPDATE","T":5,"E":6,"a":{"m":"ORDER","B":[{"a":"USDT","wb":"1000.1","cw":"1000.1","bc":"0"}],"P":[{"s":"BTCUSDT","pa":"-0.004","ep":"64000","bep":"1","cr":"0","up":"-1.5","mt":"cross","iw":"0","ps":"BOTH"},{"s":"ETHUSDT","pa":"-10","ep":"0.0","up":"0","ps":"SHORT"}]}}"#,
            expected: [
                "balance - @5000000 USDT total 1000.1",
                "position BTCUSDT @5000000 net -0.004 entry 64000 pnl -1.5",
                "position ETHUSDT @5000000 short 10 pnl 0",
            ]),
        Row(
            name: "spot fill and order", product: .spot,
            text: report(
                #""c":"x-1","x":"TRADE","X":"FILLED","l":"1.00","z":"1.00","L":"2500.00","n":"0.001","N":"ETH","t":98,"m":true,"C":"""#
            ),
            expected: [
                "fill ETHUSDT @5000000 98 order 12 client x-1 buy 2500.00 1.00 leaves 0.00 maker "
                    + "fee 0.001 ETH",
                "order ETHUSDT @5000000 12 client x-1 buy LIMIT GTC at 2500.00 quantity 1.00 "
                    + "filled 1.00 filled FILLED",
            ]),
        Row(
            name: "spot cancel names the order under C, wrapped", product: .spot,
            text: #"{"subscriptionId":0,"event":"#
                + report(
                    #""c":"cancel-1","x":"CANCELED","X":"CANCELED","l":"0","z":"0","L":"0","n":"0","N":null,"t":-1,"m":false,"C":"x-1""#
                ) + "}",
            expected: [
                "order ETHUSDT @5000000 12 client x-1 buy LIMIT GTC at 2500.00 quantity 1.00 "
                    + "filled 0 canceled CANCELED"
            ]),
        Row(
            name: "spot expiry with its reason", product: .spot,
            text: report(
                #""c":"x-1","x":"EXPIRED","X":"EXPIRED","l":"0","z":"0","L":"0","n":"0","N":null,"t":-1,"m":false,"C":"","eR":"INSUFFICIENT_LIQUIDITY""#
            ),
            expected: [
                "order ETHUSDT @5000000 12 client x-1 buy LIMIT GTC at 2500.00 quantity 1.00 "
                    + "filled 0 expired EXPIRED because INSUFFICIENT_LIQUIDITY"
            ]),
        Row(
            name: "futures post-only order that would have crossed",
            text: order(
                #""c":"mt-1","S":"BUY","q":"0.010","ap":"0","x":"EXPIRED","X":"EXPIRED","l":"0","z":"0","t":0,"R":false"#
            ),
            expected: [
                "order BTCUSDT @5000000 22 client mt-1 buy LIMIT GTX anyDirection at 64000 "
                    + "quantity 0.010 filled 0 canceled EXPIRED because postOnlyWouldCross"
            ]),
        Row(
            name: "futures post-only order that ended with a part filled",
            text: order(
                #""c":"mt-1","S":"BUY","q":"0.010","ap":"0","x":"EXPIRED","X":"EXPIRED","l":"0","z":"0.002","t":0,"R":false"#
            ),
            expected: [
                "order BTCUSDT @5000000 22 client mt-1 buy LIMIT GTX anyDirection at 64000 "
                    + "quantity 0.010 filled 0.002 expired EXPIRED"
            ]),
        Row(
            name: "list with a post-only order that would have crossed",
            text:
                #"[{"orderId":1,"symbol":"BTCUSDT","status":"EXPIRED","clientOrderId":"a","price":"1","origQty":"2","executedQty":"0","type":"LIMIT","side":"BUY","timeInForce":"GTX","updateTime":5}]"#,
            expected: [
                "order BTCUSDT @5000000 1 client a buy LIMIT GTX at 1 quantity 2 filled 0 "
                    + "canceled EXPIRED because postOnlyWouldCross"
            ]),
        Row(
            name: "spot order that was refused has no id", product: .spot,
            text:
                #"{"e":"executionReport","E":6,"s":"ETHUSDT","S":"BUY","o":"LIMIT","f":"GTC","q":"1","p":"2","P":"0","r":"INSUFFICIENT_BALANCES","i":-1,"T":5,"c":"x-1","x":"REJECTED","X":"REJECTED","l":"0","z":"0","L":"0","n":"0","N":null,"t":-1,"m":false,"C":""}"#,
            expected: [
                "order ETHUSDT @5000000 client x-1 buy LIMIT GTC at 2 quantity 1 filled 0 "
                    + "rejected REJECTED because INSUFFICIENT_BALANCES"
            ]),
        Row(
            name: "shortest answer to a spot order", product: .spot,
            text:
                #"{"symbol":"BTCUSDT","orderId":28,"orderListId":-1,"clientOrderId":"mt-1","transactTime":5}"#,
            expected: ["order BTCUSDT @5000000 28 client mt-1 sent"]),
        Row(
            name: "cancel and replace: canceled, and the new order refused", product: .spot,
            text:
                #"{"code":-2021,"msg":"Order cancel-replace partially failed.","data":{"cancelResult":"SUCCESS","newOrderResult":"FAILURE","cancelResponse":{"symbol":"BTCUSDT","origClientOrderId":"a","orderId":4,"orderListId":-1,"clientOrderId":"c","transactTime":5,"price":"1","origQty":"2","executedQty":"0","status":"CANCELED","timeInForce":"GTC","type":"LIMIT","side":"BUY"},"newOrderResponse":{"code":-2010,"msg":"Order would immediately match and take."}}}"#,
            expected: [
                "order BTCUSDT @5000000 4 client a buy LIMIT GTC at 1 quantity 2 filled 0 "
                    + "canceled CANCELED"
            ], control: "refused -2010 Order would immediately match and take."),
        Row(
            name: "cancel and replace by the WebSocket API", product: .spot,
            text:
                #"{"id":"9","status":409,"error":{"code":-2021,"msg":"Order cancel-replace partially failed.","data":{"cancelResult":"FAILURE","newOrderResult":"SUCCESS","cancelResponse":{"code":-2011,"msg":"Unknown order sent."},"newOrderResponse":{"symbol":"BTCUSDT","orderId":5,"orderListId":-1,"clientOrderId":"b","transactTime":5}}}}"#,
            expected: ["order BTCUSDT @5000000 5 client b sent"],
            control: "refused 9 -2011 Unknown order sent."),
        Row(
            name: "spot balances", product: .spot,
            text:
                #"{"e":"outboundAccountPosition","E":6,"u":5,"B":[{"a":"ETH","f":"10000.000000","l":"0.5"}]}"#,
            expected: ["balance - @5000000 ETH total 10000.500000 available 10000.000000"]),
        Row(
            name: "change of a balance", product: .spot,
            text: #"{"e":"balanceUpdate","E":6,"a":"BTC","d":"-100.0","T":5}"#,
            expected: ["balance - @5000000 BTC change -100.0"]),
        Row(
            name: "answer to an order with its fills", product: .spot,
            text:
                #"{"symbol":"BTCUSDT","orderId":28,"orderListId":-1,"clientOrderId":"mt-1","transactTime":5,"price":"64000.00","origQty":"0.010","executedQty":"0.004","cummulativeQuoteQty":"256.00","status":"PARTIALLY_FILLED","timeInForce":"GTC","type":"LIMIT","side":"BUY","fills":[{"price":"64000.00","qty":"0.004","commission":"0.000004","commissionAsset":"BTC","tradeId":56}]}"#,
            expected: [
                "fill BTCUSDT @5000000 56 order 28 client mt-1 buy 64000.00 0.004 taker "
                    + "fee 0.000004 BTC",
                "order BTCUSDT @5000000 28 client mt-1 buy LIMIT GTC at 64000.00 quantity 0.010 "
                    + "filled 0.004 partiallyFilled PARTIALLY_FILLED",
            ]),
        Row(
            name: "list of fills: a taker paid",
            text:
                #"[{"buyer":false,"commission":"-0.07819010","commissionAsset":"USDT","id":69,"maker":false,"orderId":25,"price":"7819.01","qty":"0.002","quoteQty":"15","realizedPnl":"-0.9","side":"SELL","positionSide":"SHORT","symbol":"BTCUSDT","time":5}]"#,
            expected: [
                "fill BTCUSDT @5000000 69 order 25 sell 7819.01 0.002 taker fee 0.07819010 USDT "
                    + "pnl -0.9"
            ]),
        Row(
            name: "list of positions",
            text:
                #"[{"symbol":"BTCUSDT","positionAmt":"0.001","entryPrice":"50000.0","markPrice":"51000.0","unRealizedProfit":"1.0","liquidationPrice":"45000.0","leverage":"20","marginType":"cross","positionSide":"BOTH","updateTime":5}]"#,
            expected: [
                "position BTCUSDT @5000000 net 0.001 entry 50000.0 mark 51000.0 "
                    + "liquidation 45000.0 pnl 1.0 leverage 20"
            ]),
        Row(
            name: "orders and refusals in one list",
            text:
                #"[{"orderId":1,"symbol":"BTCUSDT","status":"NEW","clientOrderId":"a","price":"1","origQty":"2","executedQty":"0","type":"LIMIT","side":"BUY","timeInForce":"GTX","reduceOnly":false,"stopPrice":"0","updateTime":5},{"code":-2022,"msg":"ReduceOnly Order is rejected."}]"#,
            expected: [
                "order BTCUSDT @5000000 1 client a buy LIMIT GTX anyDirection at 1 quantity 2 "
                    + "filled 0 working NEW"
            ]),
    ]

    @Test("are read as the table says", arguments: table)
    func meanings(row: Row) {
        let result = DecodedText(row.text, BinanceVenueDecoder(row.product))
        #expect(result.kind == "decoded")
        #expect(result.events == row.expected, "\(result.events)")
        if !row.control.isEmpty { #expect(result.control == row.control) }
    }

    @Test("no change of a byte, and no cut, traps", arguments: table)
    func damage(row: Row) {
        var random = SeededGenerator(seed: UInt64(row.text.utf8.count))
        let bytes = Array(row.text.utf8)
        for count in 0..<bytes.count {
            _ = DecodedText(Array(bytes[..<count]), BinanceVenueDecoder(row.product))
        }
        for _ in 0..<300 {
            var damaged = bytes
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                damaged[Int.random(in: 0..<bytes.count, using: &random)] =
                    UInt8.random(in: 0x20...0x7E, using: &random)
            }
            _ = DecodedText(damaged, BinanceVenueDecoder(row.product))
        }
    }
}

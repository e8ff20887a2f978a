# ccxt against served Binance markets: spot, USDT-M, COIN-M, over plain and TLS connections.
import ccxt.pro as ccxt

from market import Market, Truth, run


def truth(prefix, symbol):
    def ask(server):
        book = server.get(f"{prefix}/depth?symbol={symbol}&limit=1000")
        rows = server.get(f"{prefix}/trades?symbol={symbol}&limit=1000")
        return Truth(book["lastUpdateId"], (book["bids"], book["asks"]), [
            (str(row["id"]), (float(row["price"]), float(row["qty"]),
                              "sell" if row["isBuyerMaker"] else "buy")) for row in rows])
    return ask


def spot(exchange, server, tls):
    """Spot is told from futures by `/stream` in the address, see docs/venue-server.md."""
    exchange.options["fetchMarkets"] = {"types": ["spot"]}
    scheme, port = ("wss", server.tls_port) if tls else ("ws", server.port)
    exchange.urls["api"]["ws"]["spot"] = f"{scheme}://stream@127.0.0.1:{port}/ws"


run("ccxt against Binance", [
    Market("binance-spot", ccxt.binance, "BTC/USDT", truth("/api/v3", "BTCUSDT"), prepare=spot),
    Market("binance-usdm", ccxt.binanceusdm, "BTC/USDT:USDT", truth("/fapi/v1", "BTCUSDT")),
    Market("binance-coinm", ccxt.binancecoinm, "BTC/USD:BTC", truth("/dapi/v1", "BTCUSD_PERP")),
])

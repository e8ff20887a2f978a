# ccxt against served Bybit markets: spot, linear, inverse, over plain and TLS connections.
import ccxt.pro as ccxt

from market import Market, Truth, run


def truth(category, symbol):
    def ask(server):
        query = f"category={category}&symbol={symbol}&limit=1000"
        # The numbers of the topics differ by depth; what they say of the best 50 levels does not.
        book = server.get(f"/v5/market/orderbook?{query}")["result"]
        rows = server.get(f"/v5/market/recent-trade?{query}")["result"]["list"]
        # Spot lists its last 60 trades only.
        return Truth(None, (book["b"], book["a"]), [
            (row["execId"], (float(row["price"]), float(row["size"]), row["side"].lower()))
            for row in reversed(rows)], complete=category != "spot")
    return ask


run("ccxt against Bybit", [
    Market(f"bybit-{category}", ccxt.bybit, symbol, truth(category, raw), depth=50, seed="12")
    for category, symbol, raw in (("spot", "BTC/USDT", "BTCUSDT"),
                                  ("linear", "BTC/USDT:USDT", "BTCUSDT"),
                                  ("inverse", "BTC/USD:BTC", "BTCUSD"))
])

# ccxt against a served OKX: spot, linear and inverse swaps, over plain and TLS connections.
import ccxt.pro as ccxt

from market import Market, Truth, run


def truth(symbol):
    def ask(server):
        book = server.get(f"/api/v5/market/books?instId={symbol}&sz=400")["data"][0]
        rows = server.get(f"/api/v5/market/trades?instId={symbol}&limit=500")["data"]
        return Truth(book["seqId"], (book["bids"], book["asks"]), [
            (row["tradeId"], (float(row["px"]), float(row["sz"]), row["side"]))
            for row in reversed(rows)])
    return ask


def trade(found):
    """The client turns contracts into coins: its quantity is the one that the venue wrote."""
    return found["id"], (found["price"], float(found["info"]["sz"]), found["side"])


run("ccxt against OKX", [
    Market("okx", ccxt.okx, symbol, truth(raw), seed="21", trade=trade)
    for symbol, raw in (("BTC/USDT", "BTC-USDT"), ("BTC/USDT:USDT", "BTC-USDT-SWAP"),
                        ("BTC/USD:BTC", "BTC-USD-SWAP"))
])

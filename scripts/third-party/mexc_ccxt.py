# ccxt against served MEXC markets: spot (protobuf pushes) and futures, over plain and TLS.
import ccxt.pro as ccxt

from market import Market, Truth, run


def identified(rows):
    """MEXC's REST trades have no ids that its streams know: time, price and quantity name them."""
    return [((time, price, amount), (price, amount, side)) for time, price, amount, side in rows]


def spot(server):
    book = server.get("/api/v3/depth?symbol=BTCUSDT&limit=5000")
    rows = server.get("/api/v3/trades?symbol=BTCUSDT&limit=1000")
    return Truth(book["lastUpdateId"], (book["bids"], book["asks"]), identified(
        (row["time"], float(row["price"]), float(row["qty"]),
         "sell" if row["isBuyerMaker"] else "buy") for row in reversed(rows)))


def futures(server):
    book = server.get("/api/v1/contract/depth/BTC_USDT?limit=1000")["data"]
    rows = server.get("/api/v1/contract/deals/BTC_USDT?limit=100")["data"]
    # The venue lists its last 100 trades only.
    return Truth(book["version"], (book["bids"], book["asks"]), identified(
        (row["t"], float(row["p"]), float(row["v"]), "buy" if row["T"] == 1 else "sell")
        for row in reversed(rows)), complete=False)


def trade(found):
    return identified([(found["timestamp"], found["price"], found["amount"], found["side"])])[0]


# The client begins with the venue's usual depth: deeper levels are unknown to it.
run("ccxt against MEXC", [
    Market("mexc-spot", ccxt.mexc, "BTC/USDT", spot, depth=20, seed="13", trade=trade),
    Market("mexc-futures", ccxt.mexc, "BTC/USDT:USDT", futures, depth=20, seed="13", trade=trade),
])

# ccxt against a served Hyperliquid: perpetuals, over plain and TLS connections.
import ccxt.pro as ccxt

from market import Market, Truth, run

SIDES = {"A": "sell", "B": "buy"}


def truth(coin):
    def ask(server):
        book = server.post("/info", {"type": "l2Book", "coin": coin})
        rows = server.post("/info", {"type": "recentTrades", "coin": coin})
        sides = tuple([(level["px"], level["sz"]) for level in side] for side in book["levels"])
        # The venue lists its last 100 trades only.
        return Truth(None, sides, [
            (str(row["tid"]), (float(row["px"]), float(row["sz"]), SIDES[row["side"]]))
            for row in reversed(rows)], complete=False)
    return ask


run("ccxt against Hyperliquid", [
    Market("hyperliquid", ccxt.hyperliquid, f"{coin}/USDC:USDC", truth(coin), seed="22", rate="100")
    for coin in ("BTC", "ETH")
])

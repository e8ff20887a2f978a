# ccxt against a served Alpaca crypto market, over plain and TLS connections.
import ccxt.pro as ccxt

from market import Market, Truth, run

SYMBOL = "BTC/USD"
SIDES = {"B": "buy", "S": "sell"}


def truth(server):
    path = "/v1beta3/crypto/us/"
    book = server.get(f"{path}latest/orderbooks?symbols={SYMBOL}")["orderbooks"][SYMBOL]
    sides = tuple([(level["p"], level["s"]) for level in book[side]] for side in ("b", "a"))
    # A symbol without trades yet is left out of the answer, as the venue does.
    rows = server.get(f"{path}trades?symbols={SYMBOL}&limit=10000")["trades"].get(SYMBOL, [])
    return Truth(None, sides, [
        (str(row["i"]), (float(row["p"]), float(row["s"]), SIDES[row["tks"]])) for row in rows])


run("ccxt against Alpaca crypto", [
    Market("alpaca-crypto", ccxt.alpaca, SYMBOL, truth, seed="13",
           settings={"apiKey": "key", "secret": "secret"}),
])

"""The same recorded messages for cryptofeed and for Martlet: a description for one, lines for the other."""
import gzip
import json

from . import messages


HOSTS = {"BINANCE": "https://api.binance.com", "BINANCE_DELIVERY": "https://dapi.binance.com",
         "OKX": "https://www.okx.com"}


def plain_capture(data, name, exchange, symbol, rules):
    """A capture of one Binance symbol without its trades, which cryptofeed's handler does not take."""
    stream, lines, snapshot = [], [], None
    with gzip.open(data / name, "rt", encoding="utf-8") as source:
        for line in source:
            stamp, text = line.rstrip("\n").split(" ", 1)
            if not text.startswith('{"stream"'):
                snapshot = snapshot or text
            elif "@trade" in text[:64]:
                continue
            else:
                stream.append([text, int(stamp) / 1e9])
            lines.append(line)
    host = {"BINANCE": "https://api.binance.com/api/v3", "BINANCE_FUTURES": "https://fapi.binance.com/fapi/v1"}[exchange]
    work = {"exchange": exchange, "rules": [json.dumps(rules)], "address": "wss://x/stream",
            "answers": {"%s/depth?symbol=%s&limit=1000" % (host, rules["symbols"][0]["symbol"]): [snapshot]},
            "subscription": {"l2_book": [symbol], "ticker": [symbol]}, "messages": stream}
    return work, "".join(lines)


def recording(data, name, exchange):
    """One of cryptofeed's own recordings."""
    path = data / name
    stream, lines, answers, rules, subscription = [], [], {}, [], None
    for place in sorted(path.parent.glob(path.name + ".*")):
        for line in messages.text_of(place):
            if line.startswith("configuration"):
                subscription = json.loads(line.split(": ", 1)[1])
            elif place.name.removesuffix(".gz") == path.name + ".0" and line.strip():
                rules.append(line.rstrip("\n").split(": ", 1)[1])
    for time, request, body in messages.cryptofeed(path):
        if request and ("xchangeInfo" in request or "instruments" in request):
            continue
        if request:
            answers.setdefault(HOSTS[exchange] + request[4:], []).append(body)
            lines.append("%d #response %s\n" % (time, json.dumps({"request": request})))
        else:
            stream.append([body, time / 1e9])
        lines.append("%d %s\n" % (time, body))
    work = {"exchange": exchange, "rules": rules, "address": "wss://x/public", "answers": answers,
            "subscription": subscription, "messages": stream}
    return work, "".join(lines)


def archive(data, name, symbol):
    """Bybit's archive of one book, which has the stream's own form."""
    stream, lines = [], []
    base, quote = symbol
    for line in messages.text_of(data / name):
        text, time = line.strip(), int(json.loads(line)["ts"]) * 10 ** 6
        stream.append([text, time / 1e9])
        lines.append("%d %s\n" % (time, text))
    rules = {"retCode": 0, "result": {"category": "linear", "list": [{
        "symbol": base + quote, "contractType": "LinearPerpetual", "baseCoin": base, "quoteCoin": quote,
        "priceFilter": {"tickSize": "0.0001"}}]}}
    work = {"exchange": "BYBIT", "rules": [json.dumps(rules)] * 2, "address": "wss://x/v5/public/linear", "answers": {},
            "subscription": {"l2_book": ["%s-%s-PERP" % symbol]}, "messages": stream}
    return work, "".join(lines)


def binance_rules(symbol, base, quote, contract):
    rules = {"symbol": symbol, "baseAsset": base, "quoteAsset": quote, "status": "TRADING",
             "filters": [{"filterType": "PRICE_FILTER", "tickSize": "0.01"}]}
    if contract:
        rules["contractType"] = contract
    return {"symbols": [rules]}


# Venue, and how its messages are found: what cryptofeed 2.4.1 reads of what is recorded here.
def works(data):
    yield "binance-usdm", "ETHUSDT", lambda: plain_capture(
        data, "captures/binance-usdm/ethusdt_20240808.gz", "BINANCE_FUTURES", "ETH-USDT-PERP",
        binance_rules("ETHUSDT", "ETH", "USDT", "PERPETUAL"))
    yield "binance-spot", "ETHUSDT", lambda: plain_capture(
        data, "captures/binance-spot/ethusdt_20240808.gz", "BINANCE", "ETH-USDT",
        binance_rules("ETHUSDT", "ETH", "USDT", None))
    yield "binance-coinm", "none", lambda: recording(
        data, "captures/binance-coinm/BINANCE_DELIVERY", "BINANCE_DELIVERY")
    yield "okx", "none", lambda: recording(data, "captures/okx/OKX", "OKX")
    yield "bybit-linear", "XRPUSDT", lambda: archive(
        data, "captures/bybit-v5/2024-12-01_XRPUSDT_ob500.data", ("XRP", "USDT"))

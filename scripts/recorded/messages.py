"""Recorded messages of all venues, each with what is known about it: a folder `shared/data` in, records out.

A record is one message as the venue sends it, number texts untouched. Formats of the sources are described
in the README of that folder.
"""
import base64
import gzip
import json
import pathlib
import re


class Number(str):
    """A JSON number as it was written."""


def parse(text):
    return json.loads(text, parse_float=Number, parse_int=Number, strict=False)


def dump(value):
    """JSON text without blanks, numbers as they were written."""
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join(json.dumps(str(key)) + ":" + dump(item)
                              for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(dump, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


class Record:
    """One message.

    must: `known` (decoded or control), `decoded`, `control`, `dead`, or `any` (must not end the program).
    """

    def __init__(self, source, name, venue, payload, must="known", request=None, time=None, expected=None):
        self.source, self.name, self.venue, self.must = source, name, venue, must
        self.payload, self.request, self.time, self.expected = payload, request, time, expected

    def lines(self, time):
        """The record as lines of a capture."""
        time = self.time or time
        if self.request:
            yield "%d #response %s" % (time, json.dumps({"request": self.request}))
        if isinstance(self.payload, bytes):
            yield "%d b64:%s" % (time, base64.b64encode(self.payload).decode())
        else:
            yield "%d %s" % (time, self.payload)


# Which of a venue's markets a record is of.

def binance(text):
    if re.search(r"dapi|usd_perp|USD_PERP|CoinFutures|coinm|inverse|usd_2|USD_2|\"ps\":", text):
        return "binance-coinm"
    if re.search(r"fapi|linear|Futures|futures|usdm|\"pu\":|UsdFutures|usdt_2", text):
        return "binance-usdm"
    return "binance-spot"


def bybit(text):
    if re.search(r"inverse|[A-Z]{3}USD[\",A-Z]", text.replace("USDT", "").replace("USDC", "")):
        return "bybit-inverse"
    if re.search(r"category=spot|\"spot\"|tickers\.BTC-USDT|instruments_spot", text):
        return "bybit-spot"
    return "bybit-linear"


def mexc(text):
    return "mexc-futures" if re.search(r"contract|FuturesApi|futures|swap|personal", text) else "mexc-spot"


def alpaca(text):
    return "alpaca-crypto" if re.search(r"crypto|/USD\"", text) else "alpaca-stocks"


def venue_of(name, text):
    if name.startswith("mexc"):
        return {"mexc": mexc(text), "mexc-contract": "mexc-futures"}.get(name, name)
    return {"binance": binance, "bybit": bybit, "alpaca": alpaca}.get(name, lambda _: name)(text)


def json_lines(path):
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            if line.strip():
                yield line, parse(line)


# Sources.

def market_request(request):
    """Whether an answer is of public market data, which every codec knows."""
    return bool(re.search(
        r"depth|/trades|Trades|klines|kline|candles|/time|exchangeInfo|bookTicker|books|premiumIndex|fundingRate|"
        r"funding-rate|funding_rate|openInterest|open-interest|mark-price|instruments|orderbook|recent-trade|"
        r"contract/detail|contract/deals|/detail|server_time|index_price|fair_price", request)
        and not re.search(r"myTrades|userTrades|sapi|order/|Account|batch", request))


def jkorf(folder, place, text, item):
    source = "jkorf/" + place.name
    venue = venue_of(item["venue"], item["id"] + " " + item.get("path", ""))
    if "response" in item:
        request = "%s %s" % (item["method"], item["path"])
        public = item.get("signed") is False and market_request(request)
        yield Record(source, item["id"], venue, dump(item["response"]), "known" if public else "any", request)
    for index, step in enumerate(item.get("steps", [])):
        if step["dir"] != "client":
            dead = item["venue"] == "mexc" and "SpotApi" in item["id"] and step["dir"] == "server_push"
            yield Record(source, "%s#%d" % (item["id"], index), venue, dump(step["body"]),
                         "dead" if dead else "known")


def tardis(folder, place, text, item):
    for index, step in enumerate(item["steps"]):
        name = "%s/%d" % (item["id"], index)
        payload, request = step["message"], None
        expected = [plain(record) for record in step.get("expected", [])]
        if item["venue"] == "mexc-spot":
            payload = protobuf(folder).get(name)
            if payload is None:
                continue  # that client's own wrapper, or not shipped as a frame
        elif isinstance(payload, dict) and payload.get("generated") and "stream" not in payload:
            continue  # that client's own wrapper
        elif isinstance(payload, dict) and payload.get("generated"):
            request = "GET %s/depth?symbol=%s&limit=1000" % (
                "/api/v3" if item["venue"] == "binance-spot" else "/fapi/v1",
                payload["stream"].split("@")[0].upper())
            payload = payload["data"]
        elif isinstance(payload, dict) and isinstance(payload.get("arg"), dict) and "generated" in payload["arg"]:
            continue  # that client's own wrapper
        if not isinstance(payload, bytes):
            payload = dump(payload)
        must = "any" if re.search(r"openInterest|depth\.snapshot", payload[:200] if isinstance(payload, str) else "") \
            else "known"
        yield Record("tardis/" + place.name, name, venue_of(item["venue"], payload if isinstance(payload, str) else ""),
                     payload, must, request, expected={"scenario": item["id"], "records": expected})


def plain(value):
    """A parsed value with ordinary numbers."""
    if isinstance(value, Number):
        return float(value)
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value


def protobuf(folder):
    return {item["id"]: base64.b64decode(item["pb_base64"])
            for _, item in json_lines(folder / "messages/mexc-protobuf/mexc-spot.pb.jsonl")}


def crypto_msg_parser(folder, place, text, item):
    market, venue = item["market"], item["venue"]
    if venue == "binance":
        full = {"spot": "binance-spot"}.get(market) or (
            "binance-coinm" if market.startswith("inverse") else "binance-usdm")
    elif venue == "bybit":
        full = "bybit-inverse" if market.startswith("inverse") else "bybit-linear"
    elif venue == "mexc":
        full = "mexc-spot" if market == "spot" else "mexc-futures"
    else:
        full = venue
    generation, must = item["generation"], "known"
    if "dead)" in generation and venue != "mexc" or venue == "mexc" and market == "spot":
        must = "dead"
    if market == "option":
        must = "any"
    request = None
    if venue == "okx" and item["msg_type"] == "l2_snapshot":
        request = "GET /api/v5/market/books"
    if venue == "okx" and item["msg_type"] == "open_interest":
        request = "GET /api/v5/public/open-interest"
    if venue == "mexc" and item["msg_type"] == "l2_snapshot":
        request, must = "GET /api/v3/depth" if market == "spot" else "GET /api/v1/contract/depth/BTC_USDT", "any"
    yield Record("crypto-msg-parser/" + place.name, item["id"], full, dump(item["message"]), must, request,
                 expected={"asserted": item["asserted"], "market": market} if must == "known" else None)


def gocryptotrader(folder, place, text, item):
    if "response" in item:
        query = item.get("query")
        request = "%s %s%s" % (item["method"], item["path"], "?" + query if query else "")
        must = "known" if market_request(item["path"]) and "signature" not in text else "any"
        payload = item["response"]
        if payload is None or "error" in dump(payload)[:30]:
            must = "any"
    else:
        request, must, payload = None, "known", item["message"]
    yield Record("gocryptotrader/" + place.name, item["id"],
                 venue_of(item["venue"], item["id"] + (request or "") + dump(payload)[:200]), dump(payload), must, request)


def exchange_docs(folder, place, text, item):
    yield Record("exchange-docs/" + place.name, item["id"],
                 venue_of(item["venue"], item["id"] + item["heading"] + text[-300:]), dump(item["example"]), "any")


def hyperliquid_sdk(folder, place, text, item):
    request = "POST /info " + dump(item["request"])
    market = item["request"]["type"] in ("meta", "l2Book", "candleSnapshot", "allMids", "metaAndAssetCtxs", "spotMeta",
                                         "fundingHistory", "userFills", "openOrders", "userState", "clearinghouseState")
    yield Record("hyperliquid-sdk/" + place.name, item["id"], "hyperliquid", dump(item["response"]),
                 "known" if market else "any", request)


def mexc_protobuf(folder, place, text, item):
    yield Record("mexc-protobuf/" + place.name, item["id"], "mexc-spot", base64.b64decode(item["pb_base64"]),
                 expected={"decoded": plain(item["decoded"])})


def alpaca_messages(folder, place, text, item):
    source = "alpaca/" + place.name
    if "message" in item:
        message = timestamps(item["message"])
        text = dump(message)
        if isinstance(message, dict) and "T" in message:
            text = "[" + text + "]"
        yield Record(source, item["id"], alpaca(item["id"] + text), text)
        return
    request = (item.get("mocked_requests") or [None])[0]
    market = request and re.search(r"/(v2/stocks|v1beta3/crypto)/", request) and not re.search(
        r"screener|corporate|snapshots|meta", request)
    yield Record(source, item["id"], alpaca((request or "") + item["id"]), dump(item["response"]),
                 "known" if market else "any", request)


def timestamps(value):
    """Puts the text of the JSON codec where the binary codec has a timestamp."""
    if isinstance(value, dict):
        if "$msgpack_timestamp" in value:
            stamp = value["$msgpack_timestamp"]
            return stamp if isinstance(stamp, str) and not isinstance(stamp, Number) else "2022-01-01T00:00:00Z"
        return {key: timestamps(item) for key, item in value.items()}
    return [timestamps(item) for item in value] if isinstance(value, list) else value


def inline(folder, place, text, item):
    # Parts of messages as well as whole ones.
    whole = place.parent.name == "barter-inline" and not {"topic", "op", "e", "u", "event", "arg"}.isdisjoint(
        item["message"])
    must = "known" if whole else "any"
    yield Record(place.parent.name + "/" + place.name, item["id"], venue_of(item["venue"], text), dump(item["message"]),
                 must)


NAUTILUS_REQUESTS = {
    "binance": {
        "depth_response": "/api/v3/depth?symbol=BTCUSDT", "trades_response": "/api/v3/trades?symbol=BTCUSDT",
        "klines_response": "/api/v3/klines?symbol=BTCUSDT&interval=1m", "server_time_response": "/api/v3/time",
        "exchange_info_response": "/api/v3/exchangeInfo", "book_ticker_response": "/api/v3/ticker/bookTicker",
        "ping_response": "/api/v3/ping",
    },
    "bybit": {
        "http_get_orderbook": "/v5/market/orderbook?category=linear&symbol=BTCUSDT",
        "http_get_trades_recent": "/v5/market/recent-trade?category=linear&symbol=BTCUSDT",
        "http_get_klines_linear": "/v5/market/kline?category=linear&symbol=BTCUSDT&interval=1",
        "http_get_funding_history": "/v5/market/funding/history?category=linear&symbol=BTCUSDT",
        "http_get_instruments_inverse": "/v5/market/instruments-info?category=inverse",
        "http_get_instruments_linear": "/v5/market/instruments-info?category=linear",
        "http_get_instruments_spot": "/v5/market/instruments-info?category=spot",
    },
    "okx": {
        "http_get_candlesticks": "/api/v5/market/candles?instId=BTC-USDT&bar=1m",
        "http_get_funding_rate_history": "/api/v5/public/funding-rate-history?instId=BTC-USDT-SWAP",
        "http_get_instruments_futures": "/api/v5/public/instruments?instType=FUTURES",
        "http_get_instruments_spot": "/api/v5/public/instruments?instType=SPOT",
        "http_get_instruments_swap": "/api/v5/public/instruments?instType=SWAP",
        "http_get_mark_price": "/api/v5/public/mark-price?instId=BTC-USDT-SWAP",
        "http_get_order_book": "/api/v5/market/books?instId=BTC-USDT&sz=5",
        "http_get_trades": "/api/v5/market/trades?instId=BTC-USDT",
    },
    "hyperliquid": {
        "http_l2_book_btc": '/info {"type":"l2Book","coin":"BTC"}',
        "http_meta_perp_sample": '/info {"type":"meta"}',
        "http_funding_history": '/info {"type":"fundingHistory","coin":"BTC"}',
        "http_recent_trades_btc": '/info {"type":"recentTrades","coin":"BTC"}',
    },
}


def nautilus(folder):
    base = folder / "messages/nautilus"
    for place in sorted(base.rglob("*.json")):
        if "metadata" in place.name:
            continue
        parts = place.relative_to(base).parts
        venue = parts[0]
        if venue == "binance":
            full = "binance-spot" if parts[1] == "spot" else "binance-usdm"
        elif venue == "bybit":
            full = next((name for word, name in (("inverse", "bybit-inverse"), ("spot", "bybit-spot"))
                         if word in place.stem), "bybit-linear")
        else:
            full = venue
        request = NAUTILUS_REQUESTS[venue].get(place.stem)
        stream = place.stem.startswith("ws_") or "data_json" in str(place)
        method = "POST " if venue == "hyperliquid" else "GET "
        yield Record("nautilus/" + venue, "/".join(parts[1:]), full, dump(parse(place.read_text(encoding="utf-8"))),
                     "known" if request or stream else "any", request and method + request)


SOURCES = {
    "jkorf": jkorf, "tardis": tardis, "crypto-msg-parser": crypto_msg_parser, "gocryptotrader": gocryptotrader,
    "exchange-docs": exchange_docs, "hyperliquid-sdk": hyperliquid_sdk, "mexc-protobuf": mexc_protobuf,
    "alpaca": alpaca_messages, "barter-inline": inline, "nautilus-inline": inline,
}


def all_messages(folder):
    for name, read in SOURCES.items():
        for place in sorted((folder / "messages" / name).glob("*.jsonl")):
            for text, item in json_lines(place):
                yield from read(folder, place, text, item)
    yield from nautilus(folder)


# Captures.

CAPTURES = [
    ("captures/binance-usdm/ethusdt_20240808.gz", "binance-usdm", "hftbacktest"),
    ("captures/binance-spot/ethusdt_20240808.gz", "binance-spot", "hftbacktest"),
    ("captures/binance-spot/ethusdt_20240809.gz", "binance-spot", "hftbacktest"),
    ("captures/hyperliquid/btcusd_20250126.part1.gz", "hyperliquid", "hftbacktest"),
    ("captures/binance-coinm/BINANCE_DELIVERY", "binance-coinm", "cryptofeed"),
    ("captures/binance-spot/BINANCE", "binance-spot", "cryptofeed"),
    ("captures/okx/OKX", "okx", "cryptofeed"),
    ("captures/bybit-v2-dead/BYBIT", "bybit-linear", "cryptofeed"),
    ("captures/bybit-v5/2024-12-01_XRPUSDT_ob500.data", "bybit-linear", "archive"),
]


def text_of(path):
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        yield from lines


def nanoseconds(text):
    whole, _, fraction = text.partition(".")
    return int(whole) * 10 ** 9 + int((fraction + "0" * 9)[:9])


def cryptofeed(path):
    """Records (time, request or nil, payload) of a cryptofeed recording, in order of time."""
    found = []
    for place in sorted(path.parent.glob(path.name + ".*")):
        for line in text_of(place):
            line = line.strip()
            if not line or line.startswith("configuration") or " <- " in line[:200] or " <-> " in line[:9000]:
                continue
            head, _, body = line.partition(": ")
            request = None
            if " -> " in head:
                url, _, head = head.partition(" -> ")
                request = "GET /" + url.split("/", 3)[3]
            found.append((nanoseconds(head), request, body))
    return sorted(found, key=lambda item: item[0])


def capture(folder, name, form):
    """The lines of a capture."""
    path = folder / name
    if form == "hftbacktest":
        for line in text_of(path):
            yield line.rstrip("\n")
    elif form == "archive":
        for line in text_of(path):
            yield "%d %s" % (int(json.loads(line)["ts"]) * 10 ** 6, line.strip())
    else:
        for time, request, body in cryptofeed(path):
            if request:
                yield "%d #response %s" % (time, json.dumps({"request": request}))
            yield "%d %s" % (time, body)


def find_data(root):
    """The folder shared/data beside the checkout or a parent of it, or nil."""
    for parent in pathlib.Path(root).resolve().parents:
        if (parent / "shared/data/messages").is_dir():
            return parent / "shared/data"
    return None

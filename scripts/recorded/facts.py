"""What third parties say about recorded messages, against the envelopes of those messages.

Two vocabularies are mapped onto envelopes here:

tardis-node scenarios. Its records are merged over messages; ours are of one message.
  trade             one `trade` each: id, price, amount, side = aggressor, time
  book_change       the `book_snapshot` or `book_change` with the same levels; where that client merged the
                    updates that it had buffered into a snapshot, so does this check
  book_ticker       `book_ticker`, or the top of a book of depth 1 kept over the scenario
  derivative_ticker each of openInterest, fundingRate, fundingTimestamp, indexPrice, markPrice is the last
                    that an envelope of the instrument said; its lastPrice and predicted rate have no envelope
  liquidation       price, amount, side of the forced order
  Records that it drops (`expected: []`) prove nothing. `timestamp` is checked where the message has one.

crypto-msg-parser assertions, literal facts about one message.
  quantities        `quantity_contract` is the venue's unit for contracts, `quantity_base` for spot
  books             counts, prices and quantities by place in sorted order, seq_id = lastUpdate
  times             our exchangeTime, where that parser does not take the time of sending (Binance's `E`)
"""
import collections
import datetime
import re

from .books import Book


def milliseconds(text):
    moment = datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=datetime.timezone.utc)
    return round(moment.timestamp() * 1000)


def same(ours, theirs):
    """Whether a decimal text is a number of a third party."""
    if ours is None or theirs is None:
        return ours is None and theirs is None
    return abs(float(ours) - float(theirs)) <= 1e-12 * max(1.0, abs(float(theirs)))


def levels(side):
    return sorted((item["price"], item["amount"]) for item in side if item)


def ours(data, side):
    return sorted((float(price), float(quantity)) for price, quantity in data[side])


class State:
    """What earlier messages of a scenario said."""

    def __init__(self):
        self.scenario, self.checked = None, 0
        self.start(None)

    def start(self, scenario):
        self.scenario = scenario
        self.tickers = collections.defaultdict(dict)
        self.books = collections.defaultdict(Book)
        self.buffered = collections.defaultdict(list)

    def check(self, record, envelopes):
        if not record.expected:
            return
        if "records" in record.expected:
            if record.expected["scenario"] != self.scenario:
                self.start(record.expected["scenario"])
            self.remember(envelopes)
            for item in record.expected["records"]:
                self.checked += 1
                problem = getattr(self, item["type"])(item, envelopes)
                if problem:
                    yield "%s: %s; envelopes %s" % (problem, item, str(envelopes)[:600])
        elif "asserted" in record.expected:
            yield from self.asserted(record, envelopes)
        elif "decoded" in record.expected:
            yield from self.protobuf(record, envelopes)

    # tardis

    def remember(self, envelopes):
        for envelope in envelopes:
            name, data, kind = envelope["instrument"], envelope["data"], envelope["type"]
            ticker = self.tickers[name]
            if kind == "mark_price":
                ticker["markPrice"] = data["price"]
            elif kind == "index_price":
                ticker["indexPrice"] = data["price"]
            elif kind == "open_interest":
                ticker["openInterest"] = data["quantity"]
            elif kind == "funding":
                ticker["fundingRate"] = data["rate"]
                ticker["fundingTimestamp"] = data["nextFundingTime"]
            elif kind in ("book_snapshot", "book_change"):
                self.books[name, data["depth"]].apply(data, kind == "book_snapshot")
                if kind == "book_change":
                    self.buffered[name].append(data)

    def time(self, item, envelope):
        if envelope["exchangeTime"] is None or item["timestamp"] == item["localTimestamp"]:
            return True
        return envelope["exchangeTime"] // 10 ** 6 == milliseconds(item["timestamp"])

    def trade(self, item, envelopes):
        for envelope in envelopes:
            data = envelope["data"]
            if envelope["type"] == "trade" and envelope["instrument"] == item["symbol"] \
                    and same(data["price"], item["price"]) and same(data["quantity"], item["amount"]) \
                    and data["aggressor"] == item["side"] and self.time(item, envelope) \
                    and (item["id"] is None or data["id"] == item["id"]):
                return None
        return "no such trade"

    def book_change(self, item, envelopes):
        bids, asks = levels(item["bids"]), levels(item["asks"])
        for envelope in envelopes:
            data = envelope["data"]
            if envelope["type"] not in ("book_snapshot", "book_change") or envelope["instrument"] != item["symbol"]:
                continue
            if not self.time(item, envelope):
                return "another time"
            is_snapshot = envelope["type"] == "book_snapshot"
            if (ours(data, "bids"), ours(data, "asks"), is_snapshot) == (bids, asks, item["isSnapshot"]):
                return None
            if item["isSnapshot"] and is_snapshot:
                book = Book()
                book.apply(data, True)
                for change in self.buffered[item["symbol"]]:
                    if change["lastUpdate"] > data["lastUpdate"]:
                        book.apply(change, False)
                merged = [sorted((float(price), float(quantity)) for price, quantity in book.sides[side].values())
                          for side in ("bids", "asks")]
                # That client leaves levels in that a buffered update removed, with amount 0.
                if merged == [[level for level in side if level[1]] for side in (bids, asks)]:
                    return None
        return "no such book"

    def book_ticker(self, item, envelopes):
        wanted = [item.get(name) for name in ("bidPrice", "bidAmount", "askPrice", "askAmount")]
        for envelope in envelopes:
            data = envelope["data"]
            if envelope["instrument"] != item["symbol"]:
                continue
            if envelope["type"] == "book_ticker":
                found = [data[name] for name in ("bidPrice", "bidQuantity", "askPrice", "askQuantity")]
            elif envelope["type"] in ("book_snapshot", "book_change"):
                book = self.books[item["symbol"], data["depth"]]
                found = [value for side in ("bids", "asks") for value in (book.top(side, 1) or [(None, None)])[0]]
            else:
                continue
            if all(map(same, found, wanted)) and self.time(item, envelope):
                return None
            # A message that speaks of one side only leaves the other as it was.
            if envelope["type"] == "book_ticker" and None in found and self.time(item, envelope) and all(
                    value is None or same(value, other) for value, other in zip(found, wanted)):
                return None
        return "no such ticker"

    def derivative_ticker(self, item, envelopes):
        ticker = dict(self.tickers[item["symbol"]])
        if "indexPrice" not in ticker:
            family = "-".join(item["symbol"].split("-")[:2])
            ticker["indexPrice"] = self.tickers[family].get("indexPrice")
        for name in ("openInterest", "fundingRate", "indexPrice", "markPrice"):
            if not same(ticker.get(name), item.get(name)):
                return "%s is %s" % (name, ticker.get(name))
        stamp = item.get("fundingTimestamp")
        if item.get("fundingRate") is not None and stamp is not None:
            found = ticker.get("fundingTimestamp")
            if found is not None and found // 10 ** 6 != milliseconds(stamp):
                return "nextFundingTime is %s" % found
        return None

    def liquidation(self, item, envelopes):
        for envelope in envelopes:
            data = envelope["data"]
            if envelope["type"] == "liquidation" and envelope["instrument"] == item["symbol"] \
                    and same(data["price"], item["price"]) and same(data["quantity"], item["amount"]) \
                    and data["side"] == item["side"] and self.time(item, envelope):
                return None
        return "no such liquidation"

    # crypto-msg-parser

    def asserted(self, record, envelopes):
        market, venue = record.expected["market"], record.venue
        unit = "quantity_base" if market == "spot" else "quantity_contract"
        for key, text in record.expected["asserted"].items():
            value = re.sub(r"^Some\((.*)\)$", r"\1", text)
            found = self.find(key, unit, venue, envelopes)
            if found is Skip:
                continue
            self.checked += 1
            if isinstance(found, str) and re.match(r"^-?[0-9.]+$", value):
                good = same(found, value)
            else:
                good = str(found) == value
            if not good:
                yield "%s is %s, should be %s; envelopes %s" % (key, found, text, str(envelopes)[:600])

    def find(self, key, unit, venue, envelopes):
        groups = collections.defaultdict(list)
        for envelope in envelopes:
            kind = envelope["type"]
            groups["book" if kind.startswith("book_") and kind != "book_ticker" else kind].append(envelope)
        place = re.match(r"^(\w+?)s?(?:\[(\d+)\])?\.", key)
        name, index = place.group(1), int(place.group(2) or 0)
        field = re.sub(r"\.unwrap\(\)$", "", key[place.end():])
        group = groups[{"trade": "trade", "funding_rate": "funding", "orderbook": "book"}.get(name, name)]
        if field == "len()":
            return len(group)
        if index >= len(group):
            return None
        envelope, data = group[index], group[index]["data"]
        if field in ("quantity_base", "quantity_quote", "quantity_contract") or ".quantity_" in field:
            if not field.endswith(unit):
                return Skip
        if name == "trade":
            return {"side": lambda: {"buy": "TradeSide::Buy", "sell": "TradeSide::Sell"}.get(data["aggressor"]),
                    "price": lambda: data["price"], unit: lambda: data["quantity"],
                    "timestamp": lambda: envelope["exchangeTime"] // 10 ** 6}.get(field, lambda: Skip)()
        if name == "funding_rate":
            return {"funding_rate": lambda: data["rate"],
                    "funding_time": lambda: (data["nextFundingTime"] or 0) // 10 ** 6,
                    "timestamp": lambda: Skip if envelope["exchangeTime"] is None
                    else envelope["exchangeTime"] // 10 ** 6}.get(field, lambda: Skip)()
        if name != "orderbook":
            return Skip
        if field == "timestamp":
            return Skip if venue.startswith("binance") else envelope["exchangeTime"] // 10 ** 6
        if field == "seq_id":
            return data["lastUpdate"]
        if field == "prev_seq_id":
            return Skip if data["previousUpdate"] in (None, -1) else data["previousUpdate"]
        side = re.match(r"(bids|asks)(?:\[(\d+)\])?\.(.*)", field)
        if not side:
            return Skip
        if side.group(3) == "len()":
            return len(data[side.group(1)])
        # That parser keeps the order of the message.
        if int(side.group(2)) >= len(data[side.group(1)]):
            return None
        price, quantity = data[side.group(1)][int(side.group(2))]
        return price if side.group(3) == "price" else quantity

    # protobuf

    def protobuf(self, record, envelopes):
        """Every price and quantity of the decoded frame is in some envelope, and nothing else is."""
        decoded = record.expected["decoded"]
        wanted = sorted(numbers(decoded, ("price", "quantity", "bidPrice", "bidQuantity", "askPrice", "askQuantity")))
        if not any(name in decoded for name in (
                "publicAggreDeals", "publicAggreDepths", "publicLimitDepths", "publicAggreBookTicker")):
            return
        found = []
        for envelope in envelopes:
            data = envelope["data"]
            for name in ("price", "quantity", "bidPrice", "bidQuantity", "askPrice", "askQuantity"):
                if data.get(name) is not None:
                    found.append(float(data[name]))
            for side in ("bids", "asks"):
                found += [float(value) for level in data.get(side, []) for value in level]
        self.checked += 1
        if sorted(found) != wanted:
            yield "numbers are %s, should be %s" % (sorted(found), wanted)


class Skip:
    """No such fact in envelopes."""


def numbers(value, names):
    if isinstance(value, dict):
        for key, item in value.items():
            if key in names and not isinstance(item, (dict, list)):
                if item != "":
                    yield float(item)
            else:
                yield from numbers(item, names)
    elif isinstance(value, list):
        for item in value:
            yield from numbers(item, names)

"""What the book messages of a capture have to fulfil: chains without gaps, snapshots that bridge, checksums.

Written against the venues' documentation, not against the program that is checked.
"""
import collections
import zlib
from decimal import Decimal

# The last update of each instrument at the end of the capture before: recordings continue each other.
LAST = {}


def check(venue, envelopes):
    """Problems, and a remark of what was checked."""
    chain = {"binance-spot": spot, "binance-usdm": futures, "binance-coinm": futures, "okx": okx,
             "bybit-linear": bybit, "hyperliquid": whole}.get(venue)
    by_instrument = collections.OrderedDict()
    for envelope in envelopes:
        if envelope["type"] in ("book_snapshot", "book_change"):
            by_instrument.setdefault(envelope["instrument"], []).append(envelope)
    if None in by_instrument:
        by_instrument = adopt(by_instrument)
    problems, checked = [], collections.Counter()
    for instrument, messages in by_instrument.items():
        for problem in chain((venue, instrument), messages, checked):
            problems.append("%s: %s" % (instrument, problem))
    return problems, ", ".join("%d %s" % (count, word) for word, count in sorted(checked.items()))


def adopt(groups):
    """Books that name no instrument belong to the only other one."""
    nameless = groups.pop(None)
    if len(groups) != 1:
        return {**groups, None: nameless}
    name, messages = next(iter(groups.items()))
    return {name: sorted(messages + nameless, key=lambda envelope: envelope["sequence"])}


def futures(key, messages, checked):
    """pu is the u before; a snapshot L lies in some U..u, or the update after it has pu = L."""
    return linked(key, messages, checked, lambda change, last: change["previousUpdate"] == last, 0)


def spot(key, messages, checked):
    """U is the u before + 1; a snapshot L has L + 1 in some U..u."""
    return linked(key, messages, checked, lambda change, last: change["firstUpdate"] == last + 1, 1)


def linked(key, messages, checked, follows, offset):
    last = LAST.get(key)
    for envelope in messages:
        if envelope["type"] == "book_change":
            data = envelope["data"]
            if last is not None and not follows(data, last):
                yield "gap at sequence %d: %s after %d" % (envelope["sequence"], data, last)
            checked["updates in chain"] += 1
            last = data["lastUpdate"]
    LAST[key] = last
    changes = [envelope["data"] for envelope in messages if envelope["type"] == "book_change"]
    for envelope in messages:
        if envelope["type"] == "book_snapshot":
            point = envelope["data"]["lastUpdate"] + offset
            bridge = [change for change in changes if change["firstUpdate"] <= point <= change["lastUpdate"]
                      or change["previousUpdate"] == point]
            if not bridge:
                yield "the snapshot %d does not bridge" % envelope["data"]["lastUpdate"]
            checked["snapshots bridged"] += 1
    yield from crossed(messages, checked, offset)


def crossed(messages, checked, offset):
    """From the snapshot on the book is never crossed."""
    place = next((index for index, envelope in enumerate(messages) if envelope["type"] == "book_snapshot"), None)
    if place is None:
        return
    book = Book()
    book.apply(messages[place]["data"], True)
    done = messages[place]["data"]["lastUpdate"]
    # Changes that came before the snapshot and go beyond it are due after it.
    for envelope in messages:
        if envelope["type"] == "book_change" and envelope["data"]["lastUpdate"] > done:
            book.apply(envelope["data"], False)
            if book.is_crossed():
                yield "crossed at sequence %d" % envelope["sequence"]
                return
            checked["books uncrossed"] += 1


class Book:
    def __init__(self):
        self.sides = {"bids": {}, "asks": {}}

    def apply(self, data, is_snapshot):
        for side, levels in self.sides.items():
            if is_snapshot:
                levels.clear()
            for price, quantity in data[side]:
                if Decimal(quantity) == 0:
                    levels.pop(Decimal(price), None)
                else:
                    levels[Decimal(price)] = (price, quantity)

    def is_crossed(self):
        bids, asks = self.sides["bids"], self.sides["asks"]
        return bool(bids and asks and max(bids) >= min(asks))

    def top(self, side, count):
        keys = sorted(self.sides[side], reverse=side == "bids")[:count]
        return [self.sides[side][key] for key in keys]


def okx(key, messages, checked):
    """CRC-32 of the best 25 levels, bid and ask in turns, as texts."""
    book = Book()
    for envelope in messages:
        data = envelope["data"]
        if data["depth"] in (1, 5):
            continue
        book.apply(data, envelope["type"] == "book_snapshot")
        if "checksum" not in data:
            continue
        bids, asks = book.top("bids", 25), book.top("asks", 25)
        parts = []
        for index in range(25):
            for side in (bids, asks):
                if index < len(side):
                    parts += side[index]
        found = zlib.crc32(":".join(parts).encode())
        if found & 0xFFFFFFFF != data["checksum"] & 0xFFFFFFFF:
            yield "the checksum at sequence %d does not hold" % envelope["sequence"]
        checked["checksums"] += 1


def bybit(key, messages, checked):
    """u is the u before + 1 from a snapshot on."""
    last, book = None, Book()
    for envelope in messages:
        data = envelope["data"]
        is_snapshot = envelope["type"] == "book_snapshot"
        if not is_snapshot and last is not None and data["lastUpdate"] != last + 1:
            yield "gap at sequence %d: %s after %d" % (envelope["sequence"], data["lastUpdate"], last)
        last = data["lastUpdate"]
        book.apply(data, is_snapshot)
        if book.is_crossed():
            yield "crossed at sequence %d" % envelope["sequence"]
        checked["updates in chain"] += 1


def whole(key, messages, checked):
    """Every message is a whole book, best levels first, uncrossed."""
    for envelope in messages:
        if envelope["type"] != "book_snapshot":
            yield "a change at sequence %d" % envelope["sequence"]
            continue
        bids = [Decimal(price) for price, _ in envelope["data"]["bids"]]
        asks = [Decimal(price) for price, _ in envelope["data"]["asks"]]
        if bids != sorted(bids, reverse=True) or asks != sorted(asks):
            yield "out of order at sequence %d" % envelope["sequence"]
        if bids and asks and bids[0] >= asks[0]:
            yield "crossed at sequence %d" % envelope["sequence"]
        checked["whole books"] += 1

"""Replay with hftbacktest's fastest book.  replay_hftbacktest.py DATA.npz idle|quoter TICK LOT QUANTITY REPEATS

idle wakes every 100 ms and does nothing; quoter is touch-quoter: k = 0, 10 ms both ways, power queue
with exponent 3, no partial fills, post-only. One measurement is the median of REPEATS replays;
making the engine and loading the rows are not counted.
"""
import sys

import numpy as np
from hftbacktest import BacktestAsset, ROIVectorMarketDepthBacktest
from numba import njit

from turns import median_of, seconds, serve

STEP = 100_000_000
ORDER_EXPIRED, ORDER_FILLED, ORDER_CANCELED = 2, 3, 4
POST_ONLY = 1


@njit
def idle(engine, steps, quantity):
    done = 0
    while engine.elapse(STEP) == 0:
        done += 1
    return done


@njit
def side_step(engine, resting, number, is_buy, target, quantity):
    """One side of the quoter: returns the id of its order, and the next free id."""
    if resting != 0:
        order = engine.orders(0).get(resting)
        if order is not None and order.price_tick != target and order.cancellable:
            engine.cancel(0, resting, False)
        return resting, number
    position = engine.position(0)
    room = 10 * quantity - quantity / 2
    price = target * engine.depth(0).tick_size
    if is_buy and position < room:
        engine.submit_buy_order(0, number, price, quantity, POST_ONLY, 0, False)
    elif not is_buy and position > -room:
        engine.submit_sell_order(0, number, price, quantity, POST_ONLY, 0, False)
    else:
        return resting, number
    return number, number + np.uint64(1)


@njit
def is_over(engine, resting):
    order = engine.orders(0).get(resting)
    return (order is None or order.status == ORDER_EXPIRED or order.status == ORDER_FILLED
            or order.status == ORDER_CANCELED)


@njit
def quoter(engine, steps, quantity):
    buy, sell, number = np.uint64(0), np.uint64(0), np.uint64(1)
    if engine.elapse(0) != 0:
        return 0
    for step in range(1, steps + 1):
        if engine.elapse(STEP) != 0 or step == steps:
            return step
        if buy != 0 and is_over(engine, buy):
            buy = np.uint64(0)
        if sell != 0 and is_over(engine, sell):
            sell = np.uint64(0)
        engine.clear_inactive_orders(0)
        depth = engine.depth(0)
        bid, ask = depth.best_bid_tick, depth.best_ask_tick
        if np.isnan(depth.best_bid) or np.isnan(depth.best_ask) or bid >= ask:
            continue
        buy, number = side_step(engine, buy, number, True, bid, quantity)
        sell, number = side_step(engine, sell, number, False, ask, quantity)
    return steps


def main():
    path, mode, tick, lot, quantity, repeats = sys.argv[1:7]
    tick, lot, quantity = float(tick), float(lot), float(quantity)
    rows = np.load(path)["data"]
    middle = float(np.median(rows["px"]))
    first = int(min(rows["exch_ts"][0], rows["local_ts"][0]))
    steps = (int(rows["local_ts"].max()) - first) // STEP
    loop = {"idle": idle, "quoter": quoter}[mode]
    facts = {}

    def replay():
        asset = (BacktestAsset().data([rows]).linear_asset(1.0)
                 .constant_order_latency(10_000_000, 10_000_000).power_prob_queue_model(3.0)
                 .no_partial_fill_exchange().trading_value_fee_model(-0.00005, 0.0007)
                 .tick_size(tick).lot_size(lot).last_trades_capacity(0)
                 .roi_lb(middle * 0.8).roi_ub(middle * 1.2))
        engine = ROIVectorMarketDepthBacktest([asset])
        wall = seconds(lambda: loop(engine, steps, quantity))
        facts["fills"] = engine.state_values(0).num_trades
        engine.close()
        return wall

    replay()  # compiles
    serve({"rows": len(rows), **facts}, lambda: median_of(int(repeats), replay))


main()

"""SMA-cross sweep over all 780 pairs of the windows 2 to 41 with vectorbt.  sweep_vectorbt.py BARS.csv"""
import sys
import warnings

import vectorbt

from bar_file import read_bars
from turns import seconds, serve

warnings.filterwarnings("ignore")


def main():
    bars = read_bars(sys.argv[1])
    close = bars["Close"]

    def sweep():
        fast, slow = vectorbt.MA.run_combs(
            close, window=list(range(2, 42)), r=2, short_names=["fast", "slow"])
        return vectorbt.Portfolio.from_signals(
            close, fast.ma_crossed_above(slow), fast.ma_crossed_below(slow), fees=0.0005,
            freq="1min").total_return()

    pairs = len(sweep())  # compiles
    serve({"pairs": pairs, "bars": len(close)}, lambda: seconds(sweep))


main()

"""One SMA-cross run with backtesting.py.  optimise_backtesting.py BARS.csv FAST SLOW"""
import sys
import warnings

import pandas as pd
from backtesting import Backtest, Strategy
from backtesting.lib import crossover

from bar_file import read_bars
from turns import seconds, serve

warnings.filterwarnings("ignore")
FAST, SLOW = int(sys.argv[2]), int(sys.argv[3])


def average(values, window):
    return pd.Series(values).rolling(window).mean()


class Cross(Strategy):
    """Long while the fast average is above the slow one."""

    def init(self):
        self.fast = self.I(average, self.data.Close, FAST)
        self.slow = self.I(average, self.data.Close, SLOW)

    def next(self):
        if crossover(self.fast, self.slow):
            self.buy()
        elif crossover(self.slow, self.fast):
            self.position.close()


def main():
    bars = read_bars(sys.argv[1])
    test = Backtest(bars, Cross, cash=10_000_000, commission=0.0005, finalize_trades=True)
    test.run()
    serve({"bars": len(bars)}, lambda: seconds(test.run))


main()

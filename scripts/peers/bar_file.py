"""Reads a bar file for the peers: any order, any case of column names."""
import pandas as pd


def read_bars(path):
    """Bars by time, oldest first, with columns Open, High, Low, Close."""
    bars = pd.read_csv(path, skip_blank_lines=True)
    bars.columns = [name.capitalize() for name in bars.columns]
    bars.index = pd.to_datetime(bars.iloc[:, 0], format="mixed")
    return bars.sort_index()

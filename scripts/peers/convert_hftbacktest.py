"""Capture to npz with hftbacktest, in a fresh process after warming up its compiler.

    convert_hftbacktest.py CAPTURE.gz OUT.npz    prints: seconds, rows

Prints the time of converting and saving; the interpreter's start and the compiler are not counted.
"""
import contextlib
import gzip
import itertools
import os
import sys
import tempfile

from hftbacktest.data.utils import binancefutures

from turns import seconds


def warm_up(capture):
    """Converts the capture's first lines, so that everything is compiled."""
    with tempfile.TemporaryDirectory() as folder:
        few = os.path.join(folder, "few.gz")
        with gzip.open(capture) as whole, gzip.open(few, "wb") as part:
            part.writelines(itertools.islice(whole, 200))
        binancefutures.convert(few, os.path.join(folder, "few.npz"), buffer_size=100_000)


def main():
    capture, out = sys.argv[1:3]
    result = []
    with contextlib.redirect_stdout(sys.stderr):
        warm_up(capture)
        wall = seconds(lambda: result.append(
            binancefutures.convert(capture, out, buffer_size=2_000_000)))
    print("%.9f" % wall, len(result[0]), flush=True)


main()

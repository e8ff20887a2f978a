"""A worker that measures when told: one line in, one line of seconds out. Keeps warm state between."""
import resource
import statistics
import sys
import time


def seconds(action):
    """How long `action` takes."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def serve(facts, measure):
    """Says `facts` once, then answers each line on stdin with the seconds of one measurement."""
    print("ready", *("%s=%s" % item for item in facts.items()), flush=True)
    for _ in sys.stdin:
        print("%.9f" % measure(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, flush=True)


def median_of(count, action):
    """The median of `count` results of `action`."""
    return statistics.median(action() for _ in range(count))

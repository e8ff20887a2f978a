// Entry of the benchmarks.

print("martlet-bench")

// Measures how long work took; used for figures about Martlet itself, never for results.

import Glibc

/// Time since it was made, by the system's monotonic clock.
struct Stopwatch {
    private var start = timespec()

    init() { clock_gettime(CLOCK_MONOTONIC, &start) }

    /// Seconds since it was made.
    var seconds: Double {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        return Double(now.tv_sec - start.tv_sec) + Double(now.tv_nsec - start.tv_nsec) / 1e9
    }
}

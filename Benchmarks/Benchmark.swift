// What a benchmark is, and how one is timed and counted.

import CAllocationCounter
import Glibc
import MartletModel
import MartletStore

/// Inputs and sizes that benchmarks share.
struct BenchmarkSettings {
    /// A recorded USDT-M capture.
    var capture = "Data/binance-usdm/ethusdt_20240808.gz"
    /// Its venue.
    var venue = "binance-usdm"
    /// Other recorded messages for the benchmarks `decode` and `envelopes`: lines of a capture.
    var lines: String?
    /// Its instrument.
    var symbol = "ETHUSDT"
    /// Its tick.
    var tick = "0.01"
    /// Its lot.
    var lot = "0.001"
    /// A bar file.
    var bars = "Data/bars/bitfinex-1h-btc-usd.csv.gz"
    /// Timed runs after one warm-up.
    var runs = 9
    /// A folder for what benchmarks write.
    var scratch = ""
}

/// One benchmark, named after what a trader would notice.
struct Benchmark: Sendable {
    /// Short, lower case.
    let name: String
    /// What getting slower would mean.
    let meaning: String
    /// Prepares input and measures.
    let run: @Sendable (BenchmarkSettings) throws(Failure) -> Measurement
}

/// What a benchmark found.
struct Measurement {
    /// What one event is: `updates`, `rows`, `messages`.
    let unit: String
    /// Events per run.
    let events: Int
    /// Bytes per run, or nil where bytes are not the point.
    let bytes: Int?
    /// Seconds of each timed run, ascending.
    let walls: [Double]
    /// CPU time of the measuring thread in each timed run, ascending; s.
    let cpus: [Double]
    /// Heap allocations of one steady run, and the events that it had; nil where not counted.
    let allocations: (count: Int, events: Int)?
    /// A number that every run must give alike.
    let check: UInt64

    /// The middle of the timed runs.
    var median: Double { walls[walls.count / 2] }
    /// The middle of the timed runs by CPU time: the figure where other work keeps the machine busy.
    var cpuMedian: Double { cpus[cpus.count / 2] }
    /// The slowest run but for one in a hundred: the slowest where there are fewer runs.
    var p99: Double { walls[min(walls.count - 1, walls.count * 99 / 100)] }

    /// Times `runs` calls of `action` after one that warms up.
    ///
    /// - Parameters:
    ///   - prepare: Makes ready what one run uses up; not timed, not counted.
    ///   - action: Does all events of one run and returns its check number.
    ///   - allocations: Counts made elsewhere; nil counts those of the last timed run.
    static func take(
        _ unit: String, events: Int, bytes: Int? = nil, runs: Int,
        allocations: (count: Int, events: Int)? = nil, prepare: () -> Void = {},
        _ action: () throws(Failure) -> UInt64
    ) throws(Failure) -> Measurement {
        prepare()
        let check = try action()
        var walls: [Double] = []
        var cpus: [Double] = []
        walls.reserveCapacity(runs)
        cpus.reserveCapacity(runs)
        var counted = 0
        for _ in 0..<runs {
            prepare()
            let before = martlet_allocation_count()
            let start = (wall: monotonicSeconds(), cpu: threadSeconds())
            let again = try action()
            cpus.append(threadSeconds() - start.cpu)
            walls.append(monotonicSeconds() - start.wall)
            counted = Int(martlet_allocation_count() - before)
            guard again == check else {
                throw Failure(.integrity, "a benchmark gave \(again) after \(check)")
            }
        }
        return Measurement(
            unit: unit, events: events, bytes: bytes, walls: walls.sorted(),
            cpus: cpus.sorted(), allocations: allocations ?? (counted, events), check: check)
    }
}

/// Time since some fixed moment; s.
func monotonicSeconds() -> Double { seconds(of: CLOCK_MONOTONIC) }

/// CPU time of this thread; s.
func threadSeconds() -> Double { seconds(of: CLOCK_THREAD_CPUTIME_ID) }

private func seconds(of clock: clockid_t) -> Double {
    var time = timespec()
    clock_gettime(clock, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}

// How fast a recording is replayed: as it was received, so many times faster, or at once.

import Glibc
import MartletModel

/// The speed of a replay.
public enum ReplaySpeed: Hashable, Sendable {
    /// As fast as the machine can.
    case maximum
    /// So many thousandths of the recorded speed; above 0.
    case thousandths(Int64)

    /// Reads `max`, `1x`, `x10`, `2.5x`; nil for anything else, below 0.001 and above 1,000,000.
    public init?(_ text: String) {
        if text == "max" {
            self = .maximum
            return
        }
        let number: Substring
        if text.hasPrefix("x") {
            number = text.dropFirst()
        } else if text.hasSuffix("x") {
            number = text.dropLast()
        } else {
            return nil
        }
        guard let value = ExactDecimal(String(number))?.normalized.mantissa(atScale: 3),
            (1...1_000_000_000).contains(value)
        else { return nil }
        self = .thousandths(value)
    }
}

/// The clock that paces a replay: the machine's, or a test's own.
package struct ReplayClock {
    /// Monotonic time in ns.
    package var now: () -> Int64
    /// Lets so many ns pass.
    package var sleep: (_ nanoseconds: Int64) -> Void

    /// A clock made of its two parts.
    package init(now: @escaping () -> Int64, sleep: @escaping (_ nanoseconds: Int64) -> Void) {
        self.now = now
        self.sleep = sleep
    }

    /// The machine's.
    package static var machine: ReplayClock {
        ReplayClock(now: monotonicTime) { nanoseconds in
            var wanted = timespec(tv_sec: 0, tv_nsec: Int(min(nanoseconds, 999_999_999)))
            nanosleep(&wanted, nil)
        }
    }
}

/// Waits until a recorded moment has come at the replay's speed.
struct ReplayPace {
    private let speed: ReplaySpeed
    private let clock: ReplayClock
    private var first: Int64?
    private var started: Int64 = 0

    init(_ speed: ReplaySpeed, _ clock: ReplayClock) {
        self.speed = speed
        self.clock = clock
    }

    /// How long until a line of this receive time is due; 0 where it is. ns.
    mutating func wait(until time: Int64) -> Int64 {
        guard case .thousandths(let thousandths) = speed else { return 0 }
        guard let first else {
            first = time
            started = clock.now()
            return 0
        }
        let due = Int128(time - first) * 1000 / Int128(thousandths) + Int128(started)
        return Int64(clamping: max(0, due - Int128(clock.now())))
    }

    /// Sleeps, at most 100 ms at a time so that the caller can look around.
    func sleep(_ nanoseconds: Int64) { clock.sleep(min(nanoseconds, 100_000_000)) }
}

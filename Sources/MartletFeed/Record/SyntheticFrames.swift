// Made-up messages at a steady rate, to see whether a disk keeps up and what a kill costs.

import Glibc
import MartletModel
import Synchronization

/// Feeds a frame observer with numbered trades of a made-up market, as a socket would.
public final class SyntheticFrames: Sendable {
    /// The connection that the messages are said to come from.
    public static let connection = ConnectionID(venue: .binanceUSDM, number: 1)

    private let isStopped = Atomic(false)

    /// A source that has not started.
    public init() {}

    /// Ends ``run(rate:duration:into:each:)``, from any thread.
    public func stop() { isStopped.store(true, ordering: .releasing) }

    /// Makes messages on this thread, in steps of 2 ms, until the time is over or ``stop()``.
    ///
    /// - Parameters:
    ///   - rate: Messages per second, above 0.
    ///   - duration: How long, ns; nil for ever.
    ///   - each: Called about fifty times a second; false ends it.
    /// - Returns: How many messages were made; they are numbered from 1.
    public func run(
        rate: Int64, duration: Int64?, into observer: any FrameObserver, each: () -> Bool
    ) -> Int64 {
        precondition(rate > 0, "a rate is above 0")
        let started = monotonicTime()
        var made: Int64 = 0
        var step: Int64 = 0
        observer.fact("connected", "{\"synthetic\":true}", of: Self.connection, at: Self.wallTime())
        while !isStopped.load(ordering: .acquiring) {
            let elapsed = monotonicTime() - started
            if let duration, elapsed >= duration { break }
            let due = Int64(clamping: Int128(elapsed) * Int128(rate) / 1_000_000_000)
            while made < due {
                made += 1
                Self.feed(made, to: observer)
            }
            step += 1
            if step % 10 == 0, !each() { break }
            ReplayClock.machine.sleep(2_000_000)
        }
        return made
    }

    private static func feed(_ number: Int64, to observer: any FrameObserver) {
        let time = wallTime()
        let milliseconds = time / 1_000_000
        var text =
            "{\"stream\":\"btcusdt@aggTrade\",\"data\":{\"e\":\"aggTrade\",\"E\":\(milliseconds),"
            + "\"s\":\"BTCUSDT\",\"a\":\(number),\"p\":\"6\(1000 + number % 9000).10\","
            + "\"q\":\"0.\(100 + number % 900)\",\"f\":\(number),\"l\":\(number),"
            + "\"T\":\(milliseconds),\"m\":\(number % 3 == 0)}}"
        text.withUTF8 {
            observer.frame($0, isBinary: false, request: nil, of: connection, at: time)
        }
    }

    private static func wallTime() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

// Shows how far a task has come: a bar on a terminal, one JSON line per second elsewhere.

import Glibc
package import MartletResearch
import MartletStore
import Synchronization

/// Progress of one command. Calls are cheap: it looks at the clock and mostly returns.
package final class ProgressReporter: Sendable {
    private struct Shown {
        var time: UInt64
        var isBar = false
    }

    private let console: Console
    private let started: UInt64
    private let shown: Mutex<Shown>

    /// Time between two reports; ns.
    private var interval: UInt64 { console.errorIsTerminal ? 50_000_000 : 1_000_000_000 }

    /// A reporter that starts its clock now.
    package init(_ console: Console) {
        self.console = console
        started = monotonicNanoseconds()
        shown = Mutex(Shown(time: started))
    }

    /// Says how far the task is, if enough time has passed since the last time.
    package func report(_ progress: Progress) {
        let now = monotonicNanoseconds()
        shown.withLock { shown in
            guard now - shown.time >= interval else { return }
            shown.time = now
            if console.errorIsTerminal {
                console.show("\r\u{1B}[K" + Self.bar(progress))
                shown.isBar = true
            } else {
                console.show(line(progress, now).line + "\n")
            }
        }
    }

    /// Clears the bar; to be called before other words go to standard error.
    package func finish() {
        shown.withLock { shown in
            if shown.isBar { console.show("\r\u{1B}[K") }
            shown.isBar = false
        }
    }

    private func line(_ progress: Progress, _ now: UInt64) -> JSONText {
        let fraction = progress.total > 0 ? Double(progress.done) / Double(progress.total) : nil
        return .object([
            ("type", .string("progress")), ("phase", .string(progress.phase)),
            ("done", .integer(progress.done)), ("total", .integer(progress.total)),
            ("fraction", .double(fraction.map { ($0 * 1000).rounded() / 1000 })),
            ("seconds", .double(Double((now - started) / 1_000_000) / 1000)),
        ])
    }

    /// `replay  [#######.............]  35 %`, at most 60 columns.
    package static func bar(_ progress: Progress) -> String {
        let name = progress.phase.prefix(20)
        let label = name + String(repeating: " ", count: 22 - name.count)
        guard progress.total > 0 else { return label + "\(progress.done)" }
        let fraction = min(1, max(0, Double(progress.done) / Double(progress.total)))
        let filled = Int((fraction * 28).rounded(.down))
        return label + "[" + String(repeating: "#", count: filled)
            + String(repeating: ".", count: 28 - filled) + "] "
            + "\(Int((fraction * 100).rounded(.down))) %"
    }
}

/// Time since some fixed moment, never backwards; ns.
package func monotonicNanoseconds() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

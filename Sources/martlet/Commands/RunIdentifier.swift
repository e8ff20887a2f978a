// Names run directories: when, and a short hash of what.

import Glibc
import MartletModel
import MartletResearch

/// Makes `runs/<id>`.
enum RunIdentifier {
    /// `runs/20240808T235415Z-1a2b3c4d`: now in UTC, and a hash of the options and the moment.
    static func directory(for options: BacktestOptions) -> String {
        var hash = StableHash()
        for setting in options.resolved {
            for byte in setting.name.utf8 { hash.add(UInt64(byte)) }
            hash.add(UInt64(0))
            for byte in setting.text.utf8 { hash.add(UInt64(byte)) }
            hash.add(UInt64(0))
        }
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        hash.add(Int64(now.tv_nsec))  // two runs within one second
        let moment = Timestamp(nanoseconds: Int64(now.tv_sec) * 1_000_000_000).iso8601
        let stamp = moment.filter { $0 != "-" && $0 != ":" }
        return "runs/\(stamp)-\(hash.text.prefix(8))"
    }
}

// Counts what happened in a run.

import MartletEngine
import MartletModel

/// Counts of requests and endings.
struct RunTally {
    private var submits: Int64 = 0
    private var cancelRequests: Int64 = 0
    private var amendRequests: Int64 = 0
    private var fillRows: Int64 = 0
    private var filled: Int64 = 0
    private var canceled: Int64 = 0
    private var expired: Int64 = 0
    private var rejected: Int64 = 0
    private var refusedRequests: Int64 = 0
    /// Funding payments left out, because no mark price was known.
    var unpricedFundings: Int64 = 0

    mutating func count(_ effect: Effect) {
        switch effect {
        case .submit: submits += 1
        case .cancel: cancelRequests += 1
        case .amend: amendRequests += 1
        case .setTimer: break
        }
    }

    mutating func count(_ event: OrderEvent) {
        switch event.kind {
        case .filled:
            fillRows += 1
            if event.leaves.lots == 0 { filled += 1 }
        case .ended(let status, let reason):
            if status == .rejected {
                rejected += 1
            } else if status == .expired || reason == .postOnlyWouldCross {
                expired += 1
            } else {
                canceled += 1
            }
        case .requestRefused: refusedRequests += 1
        case .accepted, .amended: break
        }
    }

    /// By name, in a fixed order. Post-only orders that would have crossed count as expired.
    var counts: [(name: String, count: Int64)] {
        [
            ("submits", submits), ("cancelRequests", cancelRequests),
            ("amendRequests", amendRequests), ("fillRows", fillRows), ("filled", filled),
            ("canceled", canceled), ("expired", expired), ("rejected", rejected),
            ("refusedRequests", refusedRequests),
        ] + (unpricedFundings > 0 ? [("unpricedFundings", unpricedFundings)] : [])
    }
}

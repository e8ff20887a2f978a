// Fuzzes the import of hftbacktest archives: valid segments or failures, nothing else.
// modules: MartletModel MartletBook MartletVenues MartletStore MartletImport
// asan: detect_leaks=0
// (The names of temporary files stay allocated: a signal handler may be reading them.)

import Glibc
import MartletImport
import MartletModel
import MartletStore

/// Called by libFuzzer with each input.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOne(_ data: UnsafePointer<UInt8>, _ count: Int) -> Int32 {
    let output = "/dev/shm/martlet-fuzz-\(getpid()).npy"
    let spec = InstrumentSpec(
        id: InstrumentID(venue: .binanceUSDM, symbol: "X"), kind: .linear,
        tickSize: ExactDecimal(mantissa: 1, scale: 2), lotSize: ExactDecimal(mantissa: 1, scale: 3),
        baseAsset: Asset("X"), quoteAsset: Asset("Y"))
    withFile(UnsafeRawBufferPointer(start: data, count: count)) { path in
        let options = HftbacktestImport.Options(sources: [path], instrument: spec, output: output)
        do throws(Failure) {
            _ = try HftbacktestImport.run(options)
        } catch {
            guard access(output, F_OK) != 0 else { fatalError("\(error) left a file") }
            return
        }
        do throws(Failure) {
            let segment = try EventSegment(path: output)
            try segment.validate()
            _ = try HftbacktestExport.rows(of: segment) { _ throws(Failure) in }
        } catch { fatalError("an import is not valid: \(error)") }
        unlink(output)
        unlink(output + ".json")
    }
    return 0
}

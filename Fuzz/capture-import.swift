// Fuzzes the import of captures: what is imported is a valid segment, all else is a failure.
// modules: MartletModel MartletBook MartletVenues MartletStore MartletImport
// asan: detect_leaks=0
// (The names of temporary files stay allocated: a signal handler may be reading them.)

import Glibc
import MartletImport
import MartletModel
import MartletStore
import MartletVenues

/// Called by libFuzzer with each input. The first byte chooses the market and the options.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOne(_ data: UnsafePointer<UInt8>, _ count: Int) -> Int32 {
    guard count > 0 else { return 0 }
    let choice = data[0]
    let output = "/dev/shm/martlet-fuzz-\(getpid()).npy"
    withFile(UnsafeRawBufferPointer(start: data + 1, count: count - 1)) { path in
        var options = CaptureImportOptions(
            product: BinanceProduct.allCases[Int(choice) % 3], sources: [path], symbol: "ETHUSDT",
            tickSize: choice & 4 == 0 ? ExactDecimal(mantissa: 1, scale: 2) : nil,
            lotSize: ExactDecimal(mantissa: 1, scale: 8), output: output)
        options.acceptsTorn = choice & 8 != 0
        options.isStrict = choice & 16 != 0
        do throws(Failure) {
            _ = try CaptureImport.run(options)
            try check(output)
            unlink(output)
            unlink(output + ".json")
        } catch {
            guard access(output, F_OK) != 0 else { fatalError("\(error) left a file") }
        }
    }
    return 0
}

/// What was imported must be valid, and must be exportable unless it has nothing to export.
private func check(_ path: String) throws(Failure) {
    do throws(Failure) {
        let segment = try EventSegment(path: path)
        try segment.validate()
        try segment.verifyDigest()
        let rows = segment.sidecar.statistics
        guard rows.rows(of: .level) + rows.rows(of: .trade) > 0 else { return }
        do throws(Failure) {
            _ = try HftbacktestExport.rows(of: segment) { _ throws(Failure) in }
        } catch {
            guard error.message.contains("nothing to export") else { throw error }
        }
    } catch { fatalError("an import is not valid: \(error)") }
}

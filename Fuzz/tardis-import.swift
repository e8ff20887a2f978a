// Fuzzes the import of Tardis tables: valid segments or failures, nothing else.
// modules: MartletModel MartletBook MartletVenues MartletStore MartletImport
// asan: detect_leaks=0
// (The names of temporary files stay allocated: a signal handler may be reading them.)

import Glibc
import MartletImport
import MartletModel
import MartletStore

/// Called by libFuzzer with each input. The first byte chooses the options; a zero byte in the rest
/// separates two tables that are merged.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOne(_ data: UnsafePointer<UInt8>, _ count: Int) -> Int32 {
    guard count > 0 else { return 0 }
    let choice = data[0]
    let bytes = UnsafeRawBufferPointer(start: data + 1, count: count - 1)
    let cut = bytes.firstIndex(of: 0)
    let first = UnsafeRawBufferPointer(rebasing: bytes[..<(cut ?? bytes.count)])
    withFile(first) { path in
        guard let cut else { return run([path], choice) }
        let second = UnsafeRawBufferPointer(rebasing: bytes[(cut + 1)...])
        withFile(second, suffix: ".second") { other in run([path, other], choice) }
    }
    return 0
}

private func run(_ paths: [String], _ choice: UInt8) {
    let output = "/dev/shm/martlet-fuzz-\(getpid()).npy"
    var options = TardisImport.Options(
        sources: paths, symbol: "X",
        tickSize: ExactDecimal(mantissa: choice & 1 == 0 ? 1 : 5, scale: 1),
        lotSize: ExactDecimal(mantissa: 1, scale: 3), output: output)
    options.acceptsTorn = choice & 2 != 0
    options.isStrict = choice & 4 != 0
    if choice & 8 != 0 { options.from = Timestamp(nanoseconds: 2000) }
    do throws(Failure) {
        _ = try TardisImport.run(options)
        do throws(Failure) {
            _ = try SegmentVerification.run(output)
            _ = try SegmentQuality(path: output).json.line
        } catch { fatalError("an import is not valid: \(error)") }
        unlink(output)
        unlink(output + ".json")
    } catch {
        guard access(output, F_OK) != 0 else { fatalError("\(error) left a file") }
    }
}

// Fuzzes the reader of segment sidecars; what it accepts must survive a round trip.
// modules: MartletModel MartletStore

import MartletModel
import MartletStore

/// Called by libFuzzer with each input.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOne(_ data: UnsafePointer<UInt8>, _ count: Int) -> Int32 {
    do throws(Failure) {
        let sidecar = try SegmentSidecar(
            bytes: UnsafeRawBufferPointer(start: data, count: count), name: "fuzz")
        let text = Array(sidecar.json.pretty.utf8)
        let again: SegmentSidecar? = text.withUnsafeBytes { bytes in
            try? SegmentSidecar(bytes: bytes, name: "again")  // nil fails below
        }
        precondition(again == sidecar, "a sidecar survives being written and read")
    } catch { _ = error.message }
    return 0
}

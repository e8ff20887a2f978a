// Fuzzes the CSV reader.
// modules: MartletModel MartletStore

import MartletModel
import MartletStore

/// Called by libFuzzer with each input.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOne(_ data: UnsafePointer<UInt8>, _ count: Int) -> Int32 {
    withFile(UnsafeRawBufferPointer(start: data, count: count)) { path in
        do throws(Failure) {
            var reader = try CSVReader(path: path)
            var total = 0
            while try reader.next() {
                for field in 0..<reader.fieldCount {
                    for byte in reader.bytes(field) { total &+= Int(byte) }
                }
            }
            if total == .min { print(total) }
        } catch { _ = error.message }
    }
    return 0
}

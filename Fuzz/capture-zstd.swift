// Fuzzes the capture reader with zstd input, strict and with torn files accepted.
// modules: MartletModel MartletStore

import MartletModel
import MartletStore

/// Called by libFuzzer with each input.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOne(_ data: UnsafePointer<UInt8>, _ count: Int) -> Int32 {
    withFile(UnsafeRawBufferPointer(start: data, count: count)) { path in
        readAll(path, acceptTorn: false)
        readAll(path, acceptTorn: true)
    }
    return 0
}

private func readAll(_ path: String, acceptTorn: Bool) {
    do throws(Failure) {
        let reader = try CaptureReader(path: path, acceptTorn: acceptTorn)
        var total = 0
        while let line = try reader.next() {
            for byte in line.payload { total &+= Int(byte) }
            // The slack after a line is readable by contract.
            let slack = UnsafeRawBufferPointer(
                start: line.payload.baseAddress, count: line.payload.count + 64)
            for byte in slack { total &+= Int(byte) }
        }
        if total == .min { print(total) }
    } catch { _ = error.message }
}

// Fuzzes the reader of NumPy archives and plain arrays.
// modules: MartletModel MartletStore

import MartletModel
import MartletStore

/// Called by libFuzzer with each input.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOne(_ data: UnsafePointer<UInt8>, _ count: Int) -> Int32 {
    withFile(UnsafeRawBufferPointer(start: data, count: count)) { path in
        do throws(Failure) {
            let reader = try NumpyArrayReader(path: path)
            let size = max(1 << 16, reader.header.rowSize)
            let target = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 64)
            defer { target.deallocate() }
            while try reader.read(into: target) > 0 {}
        } catch { _ = error.message }
    }
    return 0
}

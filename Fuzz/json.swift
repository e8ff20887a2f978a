// Fuzzes the JSON scanner against simdjson: both take the same bytes, or both refuse them.
// modules: MartletModel MartletBook MartletVenues
// c++: Fuzz/Oracle/simdjson.cpp -lsimdjson

import MartletVenues

/// 1 if simdjson takes the bytes, 0 if it refuses them, 2 where the two may differ: see the source.
@_silgen_name("martlet_oracle_takes")
private func oracleTakes(_ data: UnsafePointer<UInt8>, _ count: Int) -> Int32

/// Called by libFuzzer with each input.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOne(_ data: UnsafePointer<UInt8>, _ count: Int) -> Int32 {
    let verdict = oracleTakes(data, count)
    var takes = true
    do throws(DecodingFailure) {
        var scanner = try JSONScanner(UnsafeBufferPointer(start: data, count: count))
        try scanner.skipValue()
        try scanner.finish()
    } catch { takes = false }
    if verdict != 2, takes != (verdict == 1) {
        fatalError("scanner \(takes ? "takes" : "refuses") what simdjson does not")
    }
    return 0
}

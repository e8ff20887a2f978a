// Reads recorded order latencies.

import MartletModel
import MartletSimulation
import MartletStore

/// A `.npz` or `.npy` file with an array of `req_ts`, `exch_ts`, `resp_ts` (int64, ns), as
/// hftbacktest's order latency files are (key `data`; a `_padding` field is allowed).
enum LatencyFile {
    private static let samplesMax = 50_000_000

    /// The samples in order of request time.
    ///
    /// - Throws: integrity for a damaged file, missing fields, no rows or times that run backwards.
    static func read(_ path: String) throws(Failure) -> [LatencySample] {
        let array = try NumpyArrayReader(path: path)
        let names = ["req_ts", "exch_ts", "resp_ts"]
        var offsets: [Int] = []
        for name in names {
            guard let offset = array.header.offset(of: name),
                array.header.fields.contains(where: {
                    $0.name == name && $0.hasSameType(as: NumpyField(name, "<i8"))
                })
            else {
                throw Failure(
                    .integrity,
                    "\(path): an order latency file has int64 fields \(names.joined(separator: ", ")); "
                        + "this one is \(array.header.typeText)")
            }
            offsets.append(offset)
        }
        guard array.header.rows > 0, array.header.rows <= samplesMax else {
            throw Failure(
                .integrity,
                "\(path): has \(array.header.rows) latency samples, from 1 to \(samplesMax) are needed"
            )
        }
        var samples: [LatencySample] = []
        samples.reserveCapacity(array.header.rows)
        let size = array.header.rowSize
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: size * 4096, alignment: 16)
        defer { buffer.deallocate() }
        while true {
            let count = try array.read(into: buffer)
            if count == 0 { break }
            for row in 0..<count {
                func time(_ field: Int) -> Int64 {
                    Int64(
                        littleEndian: buffer.loadUnaligned(
                            fromByteOffset: row * size + offsets[field], as: Int64.self))
                }
                let sample = LatencySample(
                    requestTime: time(0), exchangeTime: time(1), responseTime: time(2))
                try check(sample, after: samples.last, path, samples.count)
                samples.append(sample)
            }
        }
        return samples
    }

    private static func check(
        _ sample: LatencySample, after last: LatencySample?, _ path: String, _ index: Int
    ) throws(Failure) {
        let range: ClosedRange<Int64> = 0...SegmentLayout.timeMax
        guard range.contains(sample.requestTime), range.contains(sample.responseTime),
            sample.exchangeTime <= SegmentLayout.timeMax,
            sample.responseTime >= sample.requestTime,
            sample.exchangeTime <= 0
                || (sample.exchangeTime >= sample.requestTime
                    && sample.responseTime >= sample.exchangeTime)
        else {
            throw Failure(
                .integrity,
                "\(path): sample \(index): times must satisfy req_ts <= exch_ts <= resp_ts "
                    + "(exch_ts 0 where the request never arrived)")
        }
        guard let last, last.requestTime > sample.requestTime else { return }
        throw Failure(
            .integrity, "\(path): sample \(index): req_ts runs backwards: sort the file by req_ts")
    }
}

// Exported rows equal those of hftbacktest's own converter, and come back unchanged.

import Foundation
import MartletImport
import MartletModel
import MartletStore
import MartletTesting
import MartletVenues
import Testing

@Suite("hftbacktest export and import")
struct HftbacktestTests {
    private static let rowsDigest =
        "1a4360ccedf652dcf4e6c13e49cd3d9ea86d5c70d6734853ba70e6d58e467e5d"

    private func imported(
        _ source: String, _ bench: Workbench, symbol: String = "ETHUSDT",
        tickSize: ExactDecimal = ExactDecimal(mantissa: 1, scale: 2),
        lotSize: ExactDecimal = ExactDecimal(mantissa: 1, scale: 3)
    ) throws -> EventSegment {
        let options = CaptureImportOptions(
            product: .usdm, sources: [source], symbol: symbol, tickSize: tickSize,
            lotSize: lotSize, output: bench.path + "/ev.npy")
        _ = try CaptureImport.run(options)
        return try EventSegment(path: options.output)
    }

    private func digest(
        _ segment: EventSegment
    ) throws -> (summary: HftbacktestExport.Summary, sha256: String) {
        let digest = Digest.SHA256()
        let summary = try HftbacktestExport.rows(of: segment) { (block) throws(Failure) in
            digest.update(UnsafeRawBufferPointer(block))
        }
        return (summary, digest.finish())
    }

    @Test("rows of the shipped market equal hftbacktest's, byte for byte")
    func golden() throws {
        let bench = try Workbench()
        let (summary, sha256) = try digest(try imported(TestData.shippedCapture, bench))
        #expect(summary.rows == 452_115 && summary.shift == 1_272_228_703)
        #expect(summary.bothSides == 437_365)
        #expect(summary.exchangeOnly == 7_375 && summary.localOnly == 7_375)
        #expect(sha256 == Self.rowsDigest)
    }

    @Test("so do those of a disordered market with special prints, empty sides and a tick of 5")
    func disordered() throws {
        // Made by chance; rows and digest by hftbacktest 2.4.4's binancefutures.convert.
        let bench = try Workbench()
        let segment = try imported(
            TestData.packageRoot + "/Tests/Data/made_up_disorder.gz", bench, symbol: "ABCUSDT",
            tickSize: ExactDecimal(mantissa: 5, scale: 5), lotSize: .one)
        let (summary, sha256) = try digest(segment)
        #expect(summary.rows == 3110 && summary.shift == 1_245_826_633)
        #expect(sha256 == "bbc7f89ca00c41161f5c25c0be6d73e6702e5dc88da33723e00e3942ea4f17ad")
    }

    @Test("the archive holds these rows, and importing it gives the same rows again")
    func roundTrip() throws {
        let bench = try Workbench()
        let segment = try imported(TestData.packageRoot + "/Tests/Data/ethusdt_usdm_300.gz", bench)
        let archive = bench.path + "/x.npz"
        let written = try HftbacktestExport.run(segment, to: archive)
        let (_, original) = try digest(segment)

        let reader = try NumpyArrayReader(path: archive)
        try reader.require(HftbacktestRow.fields)
        #expect(Int64(reader.header.rows) == written.rows)
        let bytes = UnsafeMutableRawBufferPointer.allocate(
            byteCount: reader.header.rows * 64, alignment: 8)
        defer { bytes.deallocate() }
        #expect(try reader.read(into: bytes) == reader.header.rows)
        #expect(Digest.sha256(UnsafeRawBufferPointer(bytes)) == original)

        let options = HftbacktestImport.Options(
            sources: [archive], instrument: segment.sidecar.instrument,
            output: bench.path + "/back.npy")
        let summary = try HftbacktestImport.run(options)
        #expect(summary.otherKinds == 0)
        let back = try EventSegment(path: options.output)
        try back.validate()
        #expect(back.sidecar.shift == 0)
        #expect(try digest(back).sha256 == original)
        let kept = segment.rows.filter { $0.kind != .quote && !$0.flags.contains(.emptySide) }
        #expect(back.rows.count == kept.count)
        #expect(zip(back.rows, kept).allSatisfy { $0.price == $1.price && $0.side == $1.side })
    }

    private func failure(_ rows: [HftbacktestRow], _ bench: Workbench) throws -> Failure? {
        let archive = bench.path + "/rows.npz"
        var writer = try NumpyArchiveWriter(path: archive, fields: HftbacktestRow.fields)
        let block = UnsafeMutableBufferPointer<HftbacktestRow>.allocate(capacity: rows.count)
        defer { block.deallocate() }
        _ = block.initialize(fromContentsOf: rows)
        try writer.append(UnsafeRawBufferPointer(block))
        try writer.finish()
        let spec = InstrumentSpec(
            id: InstrumentID(venue: .binanceUSDM, symbol: "X"), kind: .linear,
            tickSize: ExactDecimal(mantissa: 5, scale: 1), lotSize: .one,
            baseAsset: Asset("X"), quoteAsset: Asset("Y"))
        do throws(Failure) {
            _ = try HftbacktestImport.run(
                HftbacktestImport.Options(
                    sources: [archive], instrument: spec, output: bench.path + "/out.npy"))
            return nil
        } catch { return error }
    }

    @Test("wrong archives are refused by row and field, and leave no segment")
    func refusals() throws {
        func row(
            _ event: UInt64 = 1 | HftbacktestRow.buyBit | HftbacktestRow.localBit
                | HftbacktestRow.exchangeBit, exchange: Int64 = 5, local: Int64 = 6,
            price: Double = 1.5, quantity: Double = 2
        ) -> HftbacktestRow {
            HftbacktestRow(
                event: event, exchangeTime: exchange, localTime: local, price: price,
                quantity: quantity)
        }
        let bench = try Workbench()
        #expect(try failure([row(), row()], bench) == nil)
        let wrong: [([HftbacktestRow], String)] = [
            ([row(), row(price: 1.25)], "row 1: field px"), ([row(price: .nan)], "field px"),
            ([row(price: 1e300)], "field px"), ([row(quantity: 0.5)], "field qty"),
            ([row(quantity: -1)], "field qty"), ([row(quantity: .infinity)], "field qty"),
            ([row(), row(local: 5)], "field local_ts"), ([row(exchange: -1)], "field exch_ts"),
            ([row(local: .max)], "field local_ts"),
            ([row(1 | HftbacktestRow.localBit)], "field ev"),
            ([row(1 | HftbacktestRow.buyBit | HftbacktestRow.localBit)], "for the local side"),
            ([row(10)], "no depth and no trade"), ([], "no depth and no trade"),
        ]
        for (rows, words) in wrong {
            let found = try failure(rows, bench)
            #expect(found?.kind == .integrity && found?.message.contains(words) == true, "\(words)")
        }
    }
}

// What import tests share: a folder of their own, captures by their lines, imports by one call.

import Foundation
import MartletImport
import MartletModel
import MartletStore
import MartletTesting
import MartletVenues

/// A fresh folder that disappears with the object.
final class Workbench {
    let path: String

    init() throws {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("martlet-import-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        path = folder.path
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }  // leftovers in /tmp are harmless

    /// Names of the files in the folder, hidden ones included.
    var files: [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: path))?.sorted() ?? []  // may be gone
    }

    /// Writes a plain capture of these lines.
    func capture(_ lines: [String], name: String = "capture.txt") throws -> String {
        let file = path + "/" + name
        try (lines.joined(separator: "\n") + "\n").write(
            toFile: file, atomically: false, encoding: .utf8)
        return file
    }

    /// Options for importing captures of `X`, tick 0.1, lot 0.01.
    func options(
        _ sources: [String], product: BinanceProduct = .usdm, symbol: String = "X"
    ) -> CaptureImportOptions {
        CaptureImportOptions(
            product: product, sources: sources, symbol: symbol,
            tickSize: ExactDecimal(mantissa: 1, scale: 1),
            lotSize: ExactDecimal(mantissa: 1, scale: 2), output: path + "/out.npy")
    }

    /// Imports lines and gives the rows as text.
    func rows(
        _ lines: [String], product: BinanceProduct = .usdm,
        _ change: (inout CaptureImportOptions) -> Void = { _ in }
    ) throws -> [String] {
        var options = options([try capture(lines)], product: product)
        change(&options)
        _ = try CaptureImport.run(options)
        return try rows()
    }

    /// The rows of the segment written last, as text.
    func rows() throws -> [String] {
        let segment = try EventSegment(path: path + "/out.npy")
        try segment.validate()
        return segment.rows.map(shown)
    }

    /// What importing these lines fails with.
    func failure(
        _ lines: [String], product: BinanceProduct = .usdm,
        _ change: (inout CaptureImportOptions) -> Void = { _ in }
    ) throws -> Failure? {
        var options = options([try capture(lines)], product: product)
        change(&options)
        do throws(Failure) {
            _ = try CaptureImport.run(options)
            return nil
        } catch { return error }
    }
}

/// A row in words: kind, side, price, quantity, times, sequence, flags.
func shown(_ row: EventRow) -> String {
    let names: [(EventFlags, String)] = [
        (.messageStart, "start"), (.messageEnd, "end"), (.snapshot, "snapshot"),
        (.snapshotStart, "snapshotStart"), (.clear, "clear"), (.emptySide, "empty"),
        (.nonMarket, "nonMarket"), (.eventTime, "E"), (.receiveTimeOnly, "receiveOnly"),
        (.gap, "gap"), (.stale, "stale"), (.timeBackwards, "backwards"),
        (.aggregate, "aggregate"), (.aggressorUnknown, "unknown"),
    ]
    let flags = names.filter { row.flags.contains($0.0) }.map(\.1).joined(separator: "+")
    return "\(row.kind.map(\.name) ?? "?") \(row.side?.word ?? "-") \(row.price)x\(row.quantity) "
        + "\(row.exchangeTime)/\(row.receiveTime) #\(row.sequence) \(flags)"
}

/// A futures depth message of `X`, times in ms.
func depth(
    _ time: Int, first: Int, last: Int, previous: Int? = nil, bids: String = "", asks: String = ""
) -> String {
    let chain = previous.map { ",\"pu\":\($0)" } ?? ""
    return
        #"{"e":"depthUpdate","E":\#(time),"T":\#(time),"s":"X","U":\#(first),"u":\#(last)\#(chain),"b":[\#(bids)],"a":[\#(asks)]}"#
}

// A run directory, complete or not at all: tables, metrics, report, manifest and their hashes.

import Glibc
public import MartletModel
import MartletStore

/// Writes run directories.
public enum RunArtifacts {
    /// The files of a run directory; `SHA256SUMS` lists all others.
    public static let names = [
        "equity.csv", "fills.csv", "manifest.json", "metrics.json", "orders.csv", "report.html",
    ]
    /// The list of hashes, in the format of `sha256sum`.
    public static let sumsName = "SHA256SUMS"

    /// Writes everything about a run into the directory `path`, which appears complete or not at all.
    ///
    /// - Parameters:
    ///   - metrics: Of `record`.
    ///   - force: Whether an existing run directory is replaced. Only the run's own files in it are;
    ///     others move along.
    /// - Throws: usage when `path` exists and `force` is false; failure for permissions, files in
    ///   the way and full disks; interrupted when a signal arrived meanwhile (nothing is left).
    public static func write(
        _ record: RunRecord, metrics: RunMetrics, context: RunContext, to path: String,
        force: Bool = false
    ) throws(Failure) {
        let uncut = UncutWork()
        let directory = try NewDirectory(path: path, force: force)
        do throws(Failure) {
            try fill(directory, record, metrics, context, uncut)
            try directory.publish()
        } catch {
            directory.discard()
            throw error
        }
    }

    /// Fails when `path` cannot become a run directory, before any work is done for it.
    public static func check(path: String, force: Bool) throws(Failure) {
        _ = try NewDirectory.target(of: path, force: force)
    }

    private static func fill(
        _ directory: NewDirectory, _ record: RunRecord, _ metrics: RunMetrics,
        _ context: RunContext, _ uncut: borrowing UncutWork
    ) throws(Failure) {
        let tables = RunTables(record)
        var sums: [(name: String, sha256: String)] = []
        sums.append(("equity.csv", try tables.writeEquity(to: directory.file("equity.csv"))))
        sums.append(("fills.csv", try tables.writeFills(to: directory.file("fills.csv"))))
        try uncut.check()
        func text(_ name: String, _ content: String) throws(Failure) {
            try AtomicFile.write(content, to: directory.file(name))
            let digest = Digest.SHA256()
            var copy = content
            copy.withUTF8 { digest.update(UnsafeRawBufferPointer($0)) }
            sums.append((name, digest.finish()))
        }
        try text("manifest.json", RunManifest.json(record, context: context).pretty)
        try text("metrics.json", metrics.json(record, context: context).pretty)
        sums.append(("orders.csv", try tables.writeOrders(to: directory.file("orders.csv"))))
        try uncut.check()
        try text("report.html", Report(record, metrics, context, sums: sums).html)
        let list = sums.map { "\($0.sha256)  \($0.name)\n" }.joined()
        try AtomicFile.write(list, to: directory.file(sumsName))
        try uncut.check()
    }
}

// How long captures are kept, and how much room they may take: the oldest sealed ones go first.

import Glibc
public import MartletModel

/// Rules for old segments. A segment without seal is never removed.
public struct CaptureRetention: Hashable, Sendable {
    /// Segments that began more than this many days (UTC) ago are removed; nil keeps all.
    public var keepDays: Int64?
    /// The most bytes that all segments below the root may take; nil is no limit.
    public var quotaBytes: Int64?

    /// Keeps everything.
    public init() {}

    /// Removes what the rules say.
    ///
    /// - Parameters:
    ///   - root: The root of the captures.
    ///   - time: Now, ns since the epoch.
    /// - Returns: The paths removed, oldest first.
    public func apply(to root: String, at time: Int64) throws(Failure) -> [String] {
        guard keepDays != nil || quotaBytes != nil else { return [] }
        let all = try CapturePath.segments(root).sorted { ($0.age, $0.path) < ($1.age, $1.path) }
        var total: Int64 = all.reduce(0) { $0 + $1.bytes }
        var removed: [String] = []
        var firstDay = ""
        if let keepDays, (0...100_000).contains(keepDays) {
            firstDay = Timestamp(nanoseconds: time - keepDays * 86_400_000_000_000).utcDay
        }
        for segment in all {
            let isOver = quotaBytes.map { total > $0 } ?? false
            guard isOver || segment.day < firstDay, segment.isSealed else { continue }
            // First the segment: a seal alone does no harm, a segment alone looks unfinished.
            // What somebody else has removed meanwhile is gone as well.
            let isOurs = unlink(segment.path) == 0
            guard isOurs || errno == ENOENT else {
                throw FileFailure.writing(segment.path, code: errno)
            }
            unlink(CapturePath.seal(of: segment.path))
            rmdir(Folder.parent(of: segment.path))
            total -= segment.bytes
            if isOurs { removed.append(segment.path) }
        }
        return removed
    }
}

// Facts about the files that an import reads.

import Glibc
import MartletModel
import MartletStore

/// Facts about source files, by path.
enum SourceFile {
    /// The size of a file in bytes.
    static func size(of path: String) throws(Failure) -> Int64 {
        var facts = stat()
        guard stat(path, &facts) == 0 else { throw FileFailure.reading(path, code: errno) }
        return Int64(facts.st_size)
    }

    /// Refuses an output, or a sidecar beside it, that is one of the sources.
    static func refuse(overwriting sources: [String], with output: String) throws(Failure) {
        for written in [output, SegmentLayout.sidecarPath(of: output)] {
            var target = stat()
            guard stat(written, &target) == 0 else { continue }
            for source in sources {
                var facts = stat()
                guard stat(source, &facts) == 0, facts.st_ino == target.st_ino,
                    facts.st_dev == target.st_dev
                else { continue }
                throw Failure(
                    .usage, "\(written): would overwrite the source \(source); choose another --out"
                )
            }
        }
    }
}

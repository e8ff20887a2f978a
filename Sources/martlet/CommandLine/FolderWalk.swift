// Finds files below a folder, in an order that does not depend on the file system.

import Glibc
import MartletModel

/// Walks folders.
enum FolderWalk {
    /// Folders are followed this deep; symbolic links to folders are not followed.
    static let depthMax = 16

    /// Appends every file below `folder` whose name ends in `suffix`, by path.
    ///
    /// - Throws: not found for a missing folder, a failure for one that cannot be read.
    static func collect(
        _ folder: String, suffix: String, into paths: inout [String], depth: Int = 0
    ) throws(Failure) {
        guard depth < depthMax else {
            throw Failure(.failure, "\(folder): nested more than \(depthMax) deep")
        }
        guard let stream = opendir(folder) else {
            let missing = errno == ENOENT || errno == ENOTDIR
            throw Failure(
                missing ? .notFound : .failure,
                "\(folder): \(String(cString: strerror(errno))); name a folder that can be read")
        }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        closedir(stream)
        for name in names.sorted() {
            let path = folder + "/" + name
            var facts = stat()
            guard lstat(path, &facts) == 0 else { continue }
            if facts.st_mode & S_IFMT == S_IFDIR {
                try collect(path, suffix: suffix, into: &paths, depth: depth + 1)
            } else if name.hasSuffix(suffix) {
                paths.append(path)
            }
        }
    }
}

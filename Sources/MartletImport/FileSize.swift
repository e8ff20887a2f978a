// How large a source file is, for the sidecar.

import Glibc
import MartletModel
import MartletStore

/// The size of a file in bytes.
func fileSize(of path: String) throws(Failure) -> Int64 {
    var facts = stat()
    guard stat(path, &facts) == 0 else { throw FileFailure.reading(path, code: errno) }
    return Int64(facts.st_size)
}

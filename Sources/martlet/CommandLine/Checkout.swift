// Where the project's own files are: shipped data, and the place for strategies of the user's own.

import Glibc
import MartletModel

/// The checkout that the program belongs to.
enum Checkout {
    /// The checkout's root: upwards from the working directory, else from the program; or nil.
    static func find() -> String? {
        for start in [realPath("."), realPath("/proc/self/exe")] {
            var folder = start[...]
            while !folder.isEmpty {
                if isCheckout(String(folder)) { return String(folder) }
                folder = folder.prefix(upTo: folder.lastIndex(of: "/") ?? folder.startIndex)
            }
        }
        return nil
    }

    /// Whether a folder is a checkout of Martlet.
    static func isCheckout(_ folder: String) -> Bool {
        access(folder + "/Package.swift", F_OK) == 0
            && access(folder + "/Sources/MartletStrategies", F_OK) == 0
    }

    private static func realPath(_ path: String) -> String {
        guard let resolved = realpath(path, nil) else { return "" }
        defer { free(resolved) }
        return String(cString: resolved)
    }
}

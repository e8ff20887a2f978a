// A directory for one test, gone afterwards.

import Glibc

/// A fresh directory; removed with everything in it when the last reference goes.
final class TemporaryDirectory {
    let path: String

    init() {
        var template = Array("/tmp/martlet-research-XXXXXX".utf8CString)
        path = String(cString: mkdtemp(&template))
    }

    deinit { Self.remove(path) }

    /// Sorted names in a directory below this one.
    func names(_ below: String = "") -> [String] { Self.names(path + "/" + below) }

    /// The bytes of a file below this one; none where there is no such file.
    func bytes(_ below: String) -> [UInt8] { readFile(path + "/" + below) ?? [] }

    func text(_ below: String) -> String { String(decoding: bytes(below), as: UTF8.self) }

    func write(_ text: String, to below: String) {
        guard let file = fopen(path + "/" + below, "w") else { return }
        fputs(text, file)
        fclose(file)
    }

    private static func names(_ path: String) -> [String] {
        guard let stream = opendir(path) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    private static func remove(_ path: String) {
        chmod(path, 0o755)
        for name in names(path) where unlink(path + "/" + name) != 0 { remove(path + "/" + name) }
        rmdir(path)
    }
}

/// The bytes of a file, or nil where it cannot be opened.
func readFile(_ path: String) -> [UInt8]? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 65_536)
    while case let count = fread(&block, 1, block.count, file), count > 0 {
        bytes += block[..<count]
    }
    return bytes
}

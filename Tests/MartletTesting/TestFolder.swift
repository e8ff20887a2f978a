// A folder for one test, removed afterwards with everything in it.

import Glibc

/// A fresh folder; removed with its content when the last reference goes.
public final class TestFolder {
    /// Its path.
    public let path: String

    /// Makes the folder.
    public init() {
        var template = Array(("/tmp/martlet-test-" + String(repeating: "X", count: 6)).utf8CString)
        guard mkdtemp(&template) != nil else { preconditionFailure("/tmp takes a folder") }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { Self.remove(path) }

    /// The path of a file in the folder.
    public func file(_ name: String) -> String { path + "/" + name }

    /// All files below, by their paths within the folder, sorted.
    public var files: [String] { Self.files(in: path).map { String($0.dropFirst(path.count + 1)) } }

    /// Writes a file, replacing one that is there, and returns its path.
    @discardableResult
    public func write(_ bytes: [UInt8], to name: String) -> String {
        let descriptor = open(file(name), O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        precondition(descriptor >= 0, "a test file can be made")
        defer { close(descriptor) }
        var done = 0
        while done < bytes.count {
            done += bytes[done...].withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress, $0.count)
            }
        }
        return file(name)
    }

    /// All bytes of a file in the folder.
    public func contents(_ name: String) -> [UInt8] {
        let descriptor = open(file(name), O_RDONLY)
        guard descriptor >= 0 else { return [] }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count <= 0 { return bytes }
            bytes += buffer[..<count]
        }
    }

    private static func entries(_ folder: String) -> [(path: String, isFolder: Bool)] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var found: [(String, Bool)] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name == "." || name == ".." { continue }
            var facts = stat()
            let isFolder =
                lstat(folder + "/" + name, &facts) == 0 && facts.st_mode & S_IFMT == S_IFDIR
            found.append((folder + "/" + name, isFolder))
        }
        return found.sorted { $0.0 < $1.0 }
    }

    private static func files(in folder: String) -> [String] {
        entries(folder).flatMap { $0.isFolder ? files(in: $0.path) : [$0.path] }
    }

    private static func remove(_ folder: String) {
        chmod(folder, 0o700)
        for entry in entries(folder) {
            if entry.isFolder { remove(entry.path) } else { unlink(entry.path) }
        }
        rmdir(folder)
    }
}

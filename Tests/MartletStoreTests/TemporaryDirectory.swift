// A directory for one test, removed afterwards.

import Glibc
import MartletModel
import MartletStore
import Testing

/// A fresh directory; removed with its content when the last reference goes.
final class TemporaryDirectory {
    let path: String

    init() {
        var template = Array(("/tmp/martlet-test-" + String(repeating: "X", count: 6)).utf8CString)
        guard mkdtemp(&template) != nil else { preconditionFailure("/tmp takes a directory") }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        chmod(path, 0o700)
        for name in names { unlink(path + "/" + name) }
        rmdir(path)
    }

    /// The path of a file in the directory.
    func file(_ name: String) -> String { path + "/" + name }

    /// The names of all files in the directory, sorted.
    var names: [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Writes a file and returns its path.
    func write(_ bytes: [UInt8], to name: String) -> String {
        let descriptor = open(file(name), O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        precondition(descriptor >= 0, "a test file can be made")
        var done = 0
        while done < bytes.count {
            done += bytes[done...].withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress, $0.count)
            }
        }
        close(descriptor)
        return file(name)
    }

    /// Writes text to a file and returns its path.
    func write(_ text: String, to name: String) -> String { write(Array(text.utf8), to: name) }
}

/// All bytes of a file.
func contents(of path: String) -> [UInt8] {
    let descriptor = open(path, O_RDONLY)
    precondition(descriptor >= 0, "the file is there: \(path)")
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
        let count = read(descriptor, &buffer, buffer.count)
        if count <= 0 { return bytes }
        bytes += buffer[..<count]
    }
}

/// The failure that `body` throws, or nil.
func failure(_ body: () throws -> Void) -> Failure? {
    do {
        try body()
        return nil
    } catch { return error as? Failure }
}

/// The package's directory.
let root = String(#filePath.split(separator: "/").dropLast(3).reduce(into: "") { $0 += "/" + $1 })

/// An input of the committed fuzz corpora, which serve as test data too.
func corpus(_ name: String) -> String { root + "/Fuzz/Corpora/" + name }

/// Runs a check that permissions forbid something. They forbid nothing to root: then it is left out.
func unlessRoot(_ check: () throws -> Void) throws {
    guard geteuid() != 0 else {
        print("SKIPPED: permissions do not bind root")
        return
    }
    try check()
}

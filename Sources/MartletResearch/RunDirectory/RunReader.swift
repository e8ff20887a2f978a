// Run directories in: manifest and metrics, refused when their bytes are not those that were written.

import FoundationEssentials
import Glibc
import MartletModel
import MartletStore

/// A JSON value as read, for comparing and showing.
enum JSONValue: Decodable, Hashable, Sendable {
    case null
    case flag(Bool)
    case integer(Int64)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {  // not this type: try the next
            self = .flag(value)
        } else if let value = try? container.decode(Int64.self) {  // likewise
            self = .integer(value)
        } else if let value = try? container.decode(Double.self) {  // likewise
            self = .number(value)
        } else if let value = try? container.decode(String.self) {  // likewise
            self = .string(value)
        } else if let value = try? container.decode([JSONValue].self) {  // likewise
            self = .array(value)
        } else {
            self = .object(try container.decode([String: JSONValue].self))
        }
    }

    /// The member at a path of keys, or nil.
    subscript(_ keys: String...) -> JSONValue? {
        var value = self
        for key in keys {
            guard case .object(let members) = value, let member = members[key] else { return nil }
            value = member
        }
        return value
    }

    /// The elements of an array, or none.
    var elements: [JSONValue] {
        if case .array(let elements) = self { return elements }
        return []
    }

    /// A number, also from decimal text; nil for anything else.
    var doubleValue: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        case .string(let text): Double(text)
        case .null, .flag, .array, .object: nil
        }
    }

    /// Plain text of a simple value; empty for undefined.
    var text: String {
        switch self {
        case .null: ""
        case .flag(let value): value ? "true" : "false"
        case .integer(let value): String(value)
        case .number(let value): "\(value)"
        case .string(let value): value
        case .array(let values): values.map(\.text).joined(separator: " ")
        case .object: "{…}"
        }
    }
}

/// What `backtest compare` needs of one run.
struct StoredRun {
    /// The directory as the user named it.
    let path: String
    let manifest: JSONValue
    let metrics: JSONValue

    static let fileSizeMax = 16 << 20

    /// Reads and checks a run directory.
    ///
    /// - Throws: not found when there is no such directory or it is no run directory; integrity when
    ///   a file is missing from it, differs from `SHA256SUMS`, or is not what it should be.
    init(path: String) throws(Failure) {
        self.path = path
        let sums = try Self.sums(path)
        for name in RunArtifacts.names { try Self.check(path, name, sums) }
        manifest = try Self.json(path, "manifest.json", "martlet.run/1", sums)
        metrics = try Self.json(path, "metrics.json", "martlet.metrics/1", sums)
    }

    /// Whether the directory `path` holds a manifest that a run has written, whole or altered.
    static func isRun(_ path: String) -> Bool {
        let manifest = path + "/manifest.json"
        guard let content = try? bytes(manifest) else { return false }  // unreadable: not a run
        let value = try? JSONDecoder().decode(JSONValue.self, from: Data(content))  // likewise
        return value?["schema"] == .string("martlet.run/1")
    }

    private static func sums(_ directory: String) throws(Failure) -> [String: String] {
        guard !Folder.isMissing(directory) else {
            throw Failure(.notFound, "\(directory): no such run directory; check the path")
        }
        let path = directory + "/" + RunArtifacts.sumsName
        guard !Folder.isMissing(path) else {
            throw Failure(
                .notFound,
                "\(directory): not a run directory: it has no \(RunArtifacts.sumsName); name one "
                    + "that backtest run has written")
        }
        let text = String(decoding: try bytes(path), as: UTF8.self)
        var sums: [String: String] = [:]
        for (index, line) in text.split(separator: "\n").enumerated() {
            let name = line.dropFirst(66)
            guard line.utf8.count > 66, line.dropFirst(64).prefix(2) == "  " else {
                throw Failure(
                    .integrity, "\(path): line \(index + 1) is not a hash and a name; run again")
            }
            sums[String(name)] = String(line.prefix(64))
        }
        return sums
    }

    /// Compares a file of the run with its listed hash; reads it once, piece by piece.
    private static func check(
        _ directory: String, _ name: String, _ sums: [String: String]
    ) throws(Failure) {
        let path = directory + "/" + name
        guard !Folder.isMissing(path) else {
            throw Failure(.integrity, "\(path): missing from the run directory; run again")
        }
        guard try Digest.sha256(file: path) == sums[name] else {
            throw Failure(
                .integrity,
                "\(path): not the bytes that \(RunArtifacts.sumsName) lists; it was changed or "
                    + "damaged: run again")
        }
    }

    private static func json(
        _ directory: String, _ name: String, _ schema: String, _ sums: [String: String]
    ) throws(Failure) -> JSONValue {
        let path = directory + "/" + name
        let bytes = try bytes(path)
        guard bytes.withUnsafeBytes({ Digest.sha256($0) }) == sums[name] else {
            throw Failure(
                .integrity,
                "\(path): not the bytes that \(RunArtifacts.sumsName) lists; it was changed or "
                    + "damaged: run again")
        }
        let value: JSONValue
        do {
            value = try JSONDecoder().decode(JSONValue.self, from: Data(bytes))
        } catch {
            throw Failure(.integrity, "\(path): is not JSON; run again")
        }
        guard let found = value["schema"]?.text, found == schema else {
            throw Failure(
                .integrity, "\(path): key schema is not \"\(schema)\"; run again with this version")
        }
        return value
    }

    private static func bytes(_ path: String) throws(Failure) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileFailure.reading(path, code: errno) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(descriptor, &block, block.count)
            if count == 0 { return bytes }
            guard count > 0 else {
                if errno == EINTR { continue }
                throw FileFailure.reading(path, code: errno)
            }
            bytes += block[..<count]
            guard bytes.count <= fileSizeMax else {
                throw Failure(
                    .integrity,
                    "\(path): more than \(fileSizeMax) bytes, which no such file has; run again")
            }
        }
    }
}

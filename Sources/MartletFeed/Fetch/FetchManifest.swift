// What was fetched, from where and when: the file that makes a second fetch continue the first.

import FoundationEssentials
import MartletModel
import MartletStore
import MartletVenues

/// `manifest.json` beside fetched files.
struct FetchManifest {
    /// The version of the format.
    static let schema = "martlet.fetch/1"

    /// A request that a file was made of.
    struct Request: Codable, Hashable {
        var request: String
        var status: Int
        /// When the answer was complete, ns since the epoch.
        var time: Int64
        var bytes: Int64
        var sha256: String
    }

    /// One file.
    struct File: Codable, Hashable {
        /// Within the folder.
        var path: String
        /// `bars`, `book`, `trades`, `instrument`.
        var kind: String
        var timeframe: String?
        /// First instant that it covers, ns; nil for pictures of a moment.
        var from: Int64?
        /// End, exclusive, ns.
        var to: Int64?
        /// Whether nothing can be added any more.
        var isComplete: Bool
        var rows: Int64
        var bytes: Int64
        var sha256: String
        var requests: [Request]

        enum CodingKeys: String, CodingKey {
            case path, kind, timeframe, from, to, rows, bytes, sha256, requests
            case isComplete = "complete"
        }
    }

    private struct Wire: Codable {
        var schema: String
        var venue: String
        var symbol: String
        var files: [File]
    }

    let venue: String
    let symbol: String
    private(set) var files: [File] = []
    private let path: String

    /// The manifest of a folder, read where there is one.
    ///
    /// - Throws: integrity where it is no manifest, or one of another instrument.
    init(folder: String, venue: String, symbol: String) throws(Failure) {
        path = folder + "/manifest.json"
        self.venue = venue
        self.symbol = symbol
        guard !Folder.isMissing(path) else { return }
        let reader = try ByteReader(path: path)
        var bytes: [UInt8] = []
        while let piece = try reader.next() {
            bytes.append(contentsOf: piece)
            guard bytes.count <= 256 << 20 else { break }
        }
        // Whatever is wrong with it, it is no manifest.
        guard let wire = try? JSONDecoder().decode(Wire.self, from: Data(bytes)),  // see above
            wire.schema == Self.schema, wire.venue == venue, wire.symbol == symbol
        else {
            throw Failure(
                .integrity,
                "\(path): is not the manifest of \(symbol) on \(venue); move the folder away, or "
                    + "name another one with --out")
        }
        files = wire.files
    }

    /// The entry of a file.
    func file(_ path: String) -> File? { files.first { $0.path == path } }

    /// Whether a file of a folder is complete and as it was written.
    func isIntact(_ path: String, in folder: String) -> Bool {
        guard let file = file(path), file.isComplete else { return false }
        // A file that cannot be read is fetched again.
        return (try? Digest.sha256(file: folder + "/" + path)) == file.sha256  // see above
    }

    /// Enters a file, in place of an earlier one of its name, and writes the manifest.
    mutating func enter(_ file: File) throws(Failure) {
        files.removeAll { $0.path == file.path }
        files.append(file)
        files.sort { $0.path < $1.path }
        func number(_ value: Int64?) -> JSONText { value.map { .integer($0) } ?? .null }
        let entries: [JSONText] = files.map { file in
            let requests: [JSONText] = file.requests.map { request in
                .object([
                    ("request", .string(request.request)),
                    ("status", .integer(Int64(request.status))),
                    ("time", .integer(request.time)), ("bytes", .integer(request.bytes)),
                    ("sha256", .string(request.sha256)),
                ])
            }
            return .object([
                ("path", .string(file.path)), ("kind", .string(file.kind)),
                ("timeframe", file.timeframe.map { .string($0) } ?? .null),
                ("from", number(file.from)), ("to", number(file.to)),
                ("complete", .flag(file.isComplete)), ("rows", .integer(file.rows)),
                ("bytes", .integer(file.bytes)), ("sha256", .string(file.sha256)),
                ("requests", .array(requests)),
            ])
        }
        let text = JSONText.object([
            ("schema", .string(Self.schema)), ("venue", .string(venue)),
            ("symbol", .string(symbol)), ("version", .string(MartletVersion.text)),
            ("files", .array(entries)),
        ]).pretty
        try AtomicFile.write(text, to: path)
    }
}

extension RESTAnswer {
    /// As the manifest keeps it.
    var entry: FetchManifest.Request {
        FetchManifest.Request(
            request: request.summary, status: status, time: time, bytes: Int64(body.count),
            sha256: body.withUnsafeBytes { Digest.sha256($0) })
    }
}

// What a request says, read back from its one-line summary.

/// A request as ``Frame/request`` has it: `GET /path?name=value` or `POST /path {body}`.
struct RequestText {
    /// `GET` or `POST`; empty where the summary names none.
    let method: String
    /// The path without its query.
    let path: String
    /// The query, without the question mark.
    let query: String
    /// The body, empty where there is none.
    let body: String

    /// Reads a summary; a text without a method is taken as path and query.
    init(_ summary: String) {
        let parts = summary.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: true)
        let target = parts.count > 1 ? parts[1] : parts.first ?? ""
        method = parts.count > 1 ? String(parts[0]) : ""
        body = parts.count > 2 ? String(parts[2]) : ""
        let halves = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        path = String(halves.first ?? "")
        query = halves.count > 1 ? String(halves[1]) : ""
    }

    /// The value of a parameter of the query, or nil.
    func parameter(_ name: String) -> String? {
        for pair in query.split(separator: "&") {
            let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if halves.count == 2, halves[0] == name { return String(halves[1]) }
        }
        return nil
    }
}

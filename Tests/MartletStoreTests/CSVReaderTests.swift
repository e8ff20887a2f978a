// CSV in: fields, quotes, and refusals with their line.

import MartletModel
import MartletStore
import Testing

@Suite("CSV reader")
struct CSVReaderTests {
    static func records(_ path: String) throws -> [[String]] {
        var reader = try CSVReader(path: path)
        var records: [[String]] = []
        while try reader.next() { records.append(reader.fields) }
        return records
    }

    static let good: [(text: String, records: [[String]])] = [
        ("a,b\n1,2\n", [["a", "b"], ["1", "2"]]),
        ("a,b\r\n\r\n1,2", [["a", "b"], ["1", "2"]]),
        ("a\n", [["a"]]), (",\n", [["", ""]]), (",,", [["", "", ""]]),
        ("\"a,b\",\"c\"\"d\",\n", [["a,b", "c\"d", ""]]),
        ("\"\",x\n", [["", "x"]]), ("a\"b,c\n", [["a\"b", "c"]]),
        ("\u{FEFF}date,open\n", [["date", "open"]]),
        ("\u{FEFF}\"date\",open\n", [["date", "open"]]),
        ("é,ü\n", [["é", "ü"]]), ("\n", []),
    ]

    @Test("splits records", arguments: good)
    func splits(row: (text: String, records: [[String]])) throws {
        let directory = TemporaryDirectory()
        #expect(try Self.records(directory.write(row.text, to: "a.csv")) == row.records)
    }

    static let bad: [(text: String, words: String)] = [
        ("", "is empty"), ("a,\"b\nc\"\n", "line 1: has a quote that is not closed"),
        ("a\nb,\"c\"d\n", "line 2: has text after the closing quote"),
        (String(repeating: ",", count: 4096) + "\n", "line 1: has more than 4096 fields"),
        ("\"\"" + String(repeating: ",", count: 5000), "line 1: has more than 4096 fields"),
    ]

    @Test("refuses what is no record, naming the line", arguments: bad)
    func refuses(row: (text: String, words: String)) {
        let directory = TemporaryDirectory()
        let path = directory.write(row.text, to: "a.csv")
        let found = failure { _ = try Self.records(path) }
        #expect(found?.kind == .integrity)
        #expect(found?.message.contains(row.words) == true, "\(found?.message ?? "no failure")")
    }

    @Test("reads gzip by content")
    func gzip() throws {
        #expect(try Self.records(corpus("csv/gzip")) == [["a", "b"], ["1", "2"]])
    }

    @Test("fields of random records come back", arguments: UInt64(0)..<50)
    func roundTrip(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let alphabet = Array("ab,\"é ;")
        let records = (0..<20).map { _ in
            (0..<Int.random(in: 2...6, using: &random)).map { _ in
                String(
                    (0..<Int.random(in: 0...5, using: &random)).map { _ in
                        alphabet[Int.random(in: 0..<alphabet.count, using: &random)]
                    })
            }
        }
        let lines = records.map { record in
            record.map { field in
                var quoted = "\""
                for character in field { quoted += character == "\"" ? "\"\"" : String(character) }
                return quoted + "\""
            }.joined(separator: ",")
        }
        let directory = TemporaryDirectory()
        let path = directory.write(lines.joined(separator: "\n"), to: "a.csv")
        #expect(try Self.records(path) == records)
    }
}

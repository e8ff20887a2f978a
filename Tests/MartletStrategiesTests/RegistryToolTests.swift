// The build-time scan finds strategies in any Swift that compiles, and says what is wrong.

import Testing

@testable import StrategyRegistryTool

@Suite("Registry tool")
struct RegistryToolTests {
    private func names(_ source: String) throws -> [String] {
        try Finder(file: "F.swift", source: source).strategies().map { "\($0.type) \($0.name)" }
    }

    struct Row: CustomTestStringConvertible, Sendable {
        let name: String
        let source: String
        let found: [String]
        var testDescription: String { name }
    }

    static let rows = [
        Row(
            name: "a plain struct",
            source: """
                public struct A: Strategy {
                    public static let descriptor = StrategyDescriptor(name: "a", summary: "b")
                }
                """, found: ["A a"]),
        Row(
            name: "among other protocols, generic, on several lines",
            source: """
                final class B<T>
                    : Hashable, Strategy, Sendable where T: Copyable {
                    static var descriptor: StrategyDescriptor {
                        StrategyDescriptor(
                            name: "bee", summary: "x")
                    }
                }
                """, found: ["B bee"]),
        Row(
            name: "two in a file, one by extension",
            source: """
                struct C {}
                extension C: Strategy { static let descriptor = StrategyDescriptor(name: "c") }
                enum D: Strategy { static let descriptor = StrategyDescriptor(name: "d") }
                """, found: ["C c", "D d"]),
        Row(
            name: "comments and strings are not code",
            source: #"""
                // struct X: Strategy {}
                /* struct Y: Strategy { /* nested */ } */
                let text = "struct Z: Strategy { \(value("}")) "
                let long = """
                    struct V: Strategy {
                    """
                let raw = ##"struct W: Strategy { "# "##
                struct E: Strategy {
                    // StrategyDescriptor(name: "wrong")
                    static let descriptor = StrategyDescriptor(name: "e", summary: "}{")
                }
                """#, found: ["E e"]),
        Row(
            name: "other types beside it",
            source: """
                struct Helper: Hashable { var strategy: Strategy.Type? }
                func make<S: Strategy>(_ type: S.Type) { }
                struct G: Strategy {
                    enum Inner: Hashable { case one }
                    static let descriptor = StrategyDescriptor(name: "g")
                }
                """, found: ["G g"]),
    ]

    @Test("finds strategies", arguments: rows)
    func finds(row: Row) throws { #expect(try names(row.source) == row.found) }

    @Test(
        "says what cannot be registered, and where",
        arguments: [
            ("", 1, "no type in this file conforms"),
            ("struct A {}", 1, "no type in this file conforms"),
            ("\nstruct A: Strategy {}", 2, "no name that can be read"),
            (
                "struct A: Strategy { static let descriptor = StrategyDescriptor(name: x) }", 1,
                "no name that can be read"
            ),
            ("\n\nprivate struct A: Strategy {}", 3, "is private"),
            ("enum N {\n  struct A: Strategy {}\n}", 2, "inside another type"),
            ("struct A: Strategy", 1, "no type in this file conforms"),
            ("/* struct", 1, "no type in this file conforms"),
            ("\"", 1, "no type in this file conforms"),
        ])
    func complains(source: String, line: Int, message: String) throws {
        let complaint = #expect(throws: Complaint.self) { _ = try names(source) }
        #expect(complaint?.line == line)
        #expect(complaint?.message.contains(message) == true)
        #expect(complaint?.text.hasPrefix("F.swift:\(line):1: error: ") == true)
    }
}

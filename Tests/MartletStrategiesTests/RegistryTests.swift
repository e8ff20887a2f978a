// Strategies are found by name, and a new one gets a good start.

import Glibc
import MartletModel
import MartletStrategies
import Testing

@Suite("Registry and template")
struct RegistryTests {
    @Test("every registered strategy is found by its name, and names are sorted and unique")
    func lookUp() {
        let names = StrategyRegistry.names
        #expect(names == names.sorted())
        #expect(Set(names).count == names.count)
        for name in names { #expect(StrategyRegistry.find(name)?.descriptor.name == name) }
        #expect(StrategyRegistry.find("no-such") == nil)
        for name in ["idle", "touch-quoter", "sma-cross"] { #expect(names.contains(name)) }
    }

    @Test("the defaults of every strategy are valid")
    func defaults() throws {
        for type in registeredStrategies {
            let values = try ParameterValues([], for: type.descriptor)
            _ = try type.init(parameters: values, instrument: TestMarket.instrument())
            let texts = values.resolved.map { (name: $0.name, text: $0.text) }
            #expect(try ParameterValues(texts, for: type.descriptor) == values)
        }
    }

    @Test(
        "a name becomes a type",
        arguments: [
            ("night-watch", "NightWatchStrategy"), ("a", "AStrategy"), ("x2-y3", "X2Y3Strategy"),
            ("my-strategy", "MyStrategy"), ("strategy", "StrategyStrategy"),
        ])
    func typeNames(name: String, type: String) throws {
        #expect(try StrategyTemplate.typeName(for: name) == type)
        #expect(
            try StrategyTemplate.path(for: name) == "Sources/MartletStrategies/User/\(type).swift")
        let source = try StrategyTemplate.source(name: name)
        #expect(source.contains("public struct \(type): Strategy {"))
        #expect(source.contains("name: \"\(name)\","))
        #expect(!source.contains("_NAME"))
    }

    @Test("the template is the strategy in TemplateCheckStrategy.swift, which compiles here")
    func templateCompiles() throws {
        let source = try StrategyTemplate.source(name: "template-check")
        let folder = #filePath.prefix(upTo: #filePath.lastIndex(of: "/") ?? #filePath.startIndex)
        #expect(try text(of: folder + "/TemplateCheckStrategy.swift") == source.importingStrategies)
    }

    @Test(
        "names that cannot be used are usage failures",
        arguments: [
            "", "-a", "a-", "a--b", "A", "ä", "a b", "a/b", "../a", "1a", "a\"b",
            String(repeating: "a", count: 41), "idle", "touch-quoter",
        ])
    func badNames(name: String) {
        #expect { try StrategyTemplate.source(name: name) } throws: {
            ($0 as? Failure)?.kind == .usage
        }
    }

    private func text(of path: String) throws -> String {
        let file = try #require(fopen(path, "rb"))
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes[..<count], as: UTF8.self)
    }
}

extension String {
    /// The source as it must read in another target: there it has to import MartletStrategies.
    fileprivate var importingStrategies: String {
        replacing(
            "public import MartletModel",
            with: "public import MartletModel\npublic import MartletStrategies")
    }
}

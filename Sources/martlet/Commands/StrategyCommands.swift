// `strategy list`, `describe` and `new`: which strategies there are, and how to add one.

import Glibc
import MartletModel
import MartletResearch
import MartletStore
import MartletStrategies

/// Verbs of `strategy`.
package enum StrategyCommands {
    /// The table.
    package static let verbs = [
        Verb(
            "strategy", "list", "name every strategy of this build",
            examples: ["martlet strategy list", "martlet strategy list --json"], run: list),
        Verb(
            "strategy", "describe", "show a strategy's parameters with ranges and defaults",
            positionals: Positionals(placeholder: "NAME", minimum: 1, maximum: 1),
            examples: ["martlet strategy describe glft"], run: describe),
        Verb(
            "strategy", "new", "write the source of a strategy of your own",
            positionals: Positionals(placeholder: "NAME", minimum: 1, maximum: 1),
            flags: [.value("directory", "DIR", "the checkout (found from here by default)")],
            examples: ["martlet strategy new night-watch && make build"], run: create),
    ]

    private static func list(_ invocation: Invocation, _ console: Console) throws(Failure) {
        let descriptors = StrategyRegistry.names.compactMap {
            StrategyRegistry.find($0)?.descriptor
        }
        if invocation.wantsJSON {
            return try console.print(.array(descriptors.map(json)))
        }
        let rows = descriptors.map { [$0.name, inputs($0), $0.summary] }
        try console.print(TextTable(headings: ["strategy", "input", "summary"], rows: rows).text)
    }

    private static func describe(_ invocation: Invocation, _ console: Console) throws(Failure) {
        let name = invocation.positionals[0]
        let descriptor = try find(name).descriptor
        if invocation.wantsJSON { return try console.print(json(descriptor)) }
        try console.print("\(name) (\(inputs(descriptor))): \(descriptor.summary)\n")
        let rows = descriptor.parameters.map {
            [$0.name, $0.defaultText, rangeText($0.kind), $0.summary]
        }
        try console.print(
            TextTable(headings: ["parameter", "default", "takes", "meaning"], rows: rows).text)
    }

    private static func create(_ invocation: Invocation, _ console: Console) throws(Failure) {
        let name = invocation.positionals[0]
        let source = try StrategyTemplate.source(name: name)
        let relative = try StrategyTemplate.path(for: name)
        let root = try checkout(invocation)
        let path = root + "/" + relative
        if access(path, F_OK) == 0 {
            throw Failure(.usage, "\(path) exists already; choose another name or edit it")
        }
        try Folder.make(root + "/" + StrategyTemplate.folder)
        try AtomicFile.write(source, to: path)
        if invocation.wantsJSON {
            return try console.print(
                .object([("name", .string(name)), ("path", .string(path))]))
        }
        try console.print(path)
        console.note(
            "edit it, then: make build && martlet strategy describe \(name); see docs/tutorial-strategy.md"
        )
    }

    /// Checks a strategy's name and parameters, as far as they can be without an instrument.
    ///
    /// - Throws: a usage failure naming what is wrong.
    static func check(_ name: String, _ parameters: [ParameterSetting]) throws(Failure) {
        let descriptor = try find(name).descriptor
        do throws(ParameterError) {
            _ = try ParameterValues(parameters.map { ($0.name, $0.text) }, for: descriptor)
        } catch {
            throw Failure(.usage, "--set: \(error.description)")
        }
    }

    /// The strategy of that name.
    ///
    /// - Throws: a usage failure naming the nearest known one.
    static func find(_ name: String) throws(Failure) -> any Strategy.Type {
        if let type = StrategyRegistry.find(name) { return type }
        throw Failure(
            .usage, "no strategy '\(name)'; " + suggestion(for: name, in: StrategyRegistry.names))
    }

    /// The checkout's root: as given, else upwards from the working directory, else from the program.
    private static func checkout(_ invocation: Invocation) throws(Failure) -> String {
        if let given = invocation.text("directory") {
            if Checkout.isCheckout(given) { return given }
            throw Failure(
                .notFound,
                "\(given): no Martlet checkout (no Package.swift and "
                    + "Sources/MartletStrategies); give its folder with --directory")
        }
        if let found = Checkout.find() { return found }
        throw Failure(
            .notFound,
            "no Martlet checkout here or above; run this in the checkout or give "
                + "--directory DIR")
    }

    private static func inputs(_ descriptor: StrategyDescriptor) -> String {
        switch (descriptor.usesEvents, descriptor.usesBars) {
        case (true, true): return "events, bars"
        case (false, true): return "bars"
        default: return "events"
        }
    }

    private static func rangeText(_ kind: ParameterKind) -> String {
        switch kind {
        case .integer(let range): return "\(range.lowerBound) to \(range.upperBound)"
        case .number(let range):
            return "\(JSONText.double(range.lowerBound).line) to "
                + JSONText.double(range.upperBound).line
        case .quantity: return "quantity or auto"
        case .duration(let range):
            return Nanoseconds(range.lowerBound).text + " to " + Nanoseconds(range.upperBound).text
        case .choice(let words): return words.joined(separator: " | ")
        }
    }

    private static func json(_ descriptor: StrategyDescriptor) -> JSONText {
        .object([
            ("name", .string(descriptor.name)), ("summary", .string(descriptor.summary)),
            ("usesEvents", .flag(descriptor.usesEvents)), ("usesBars", .flag(descriptor.usesBars)),
            (
                "parameters",
                .array(
                    descriptor.parameters.map {
                        .object([
                            ("name", .string($0.name)), ("default", .string($0.defaultText)),
                            ("takes", .string(rangeText($0.kind))),
                            ("summary", .string($0.summary)),
                        ])
                    })
            ),
        ])
    }
}

// Parameters of strategies: declared names, types, ranges and defaults, checked before use.

public import MartletModel

/// What values a parameter takes.
public enum ParameterKind: Hashable, Sendable {
    /// A whole number in a closed range.
    case integer(ClosedRange<Int64>)
    /// A decimal number in a closed range.
    case number(ClosedRange<Double>)
    /// An order size in quantity units of the instrument, above 0, or `auto`: the smallest order
    /// that the instrument's rules allow, with headroom (see the strategy).
    case quantity
    /// A duration (`100ms`) in a closed range of nanoseconds.
    case duration(ClosedRange<Int64>)
    /// One of these words.
    case choice([String])
}

/// One declared parameter.
public struct ParameterSpec: Hashable, Sendable {
    /// Name as written in `--set name=value`; lower camel case.
    public let name: String
    /// What it takes.
    public let kind: ParameterKind
    /// Its value when not given; valid text of its kind.
    public let defaultText: String
    /// One line: what it does, with its unit.
    public let summary: String

    /// A declared parameter.
    public init(
        _ name: String, _ kind: ParameterKind, default defaultText: String, _ summary: String
    ) {
        self.name = name
        self.kind = kind
        self.defaultText = defaultText
        self.summary = summary
    }
}

/// Name, purpose and parameters of a strategy.
public struct StrategyDescriptor: Hashable, Sendable {
    /// Name as written in `--strategy`; lower case with hyphens.
    public let name: String
    /// One line: what it does.
    public let summary: String
    /// Declared parameters, in the order to show them.
    public let parameters: [ParameterSpec]
    /// Whether it works on bars (`--bars`).
    public let usesBars: Bool
    /// Whether it works on events (`--events`).
    public let usesEvents: Bool

    /// A strategy's description.
    public init(
        name: String, summary: String, usesBars: Bool = false, usesEvents: Bool = true,
        parameters: [ParameterSpec]
    ) {
        self.name = name
        self.summary = summary
        self.usesBars = usesBars
        self.usesEvents = usesEvents
        self.parameters = parameters
    }
}

/// Why parameters were refused.
public struct ParameterError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The parameter at fault.
    public let parameter: String
    /// What is wrong and what would be right.
    public let message: String

    /// A refusal.
    public init(parameter: String, message: String) {
        self.parameter = parameter
        self.message = message
    }

    /// One line for the user.
    public var description: String { "parameter '\(parameter)': \(message)" }
}

/// Checked values of all parameters of one strategy.
public struct ParameterValues: Hashable, Sendable {
    private let values: [String: String]
    /// Every declared parameter with the text in force, in declared order: for manifests.
    public let resolved: [(name: String, text: String)]

    /// Checks given texts against a descriptor and fills in defaults.
    ///
    /// - Throws: ``ParameterError`` for an unknown name (naming the known ones), a text that is not
    ///   of the kind, or a value out of range.
    public init(_ given: [(name: String, text: String)], for descriptor: StrategyDescriptor)
        throws(ParameterError)
    {
        var values: [String: String] = [:]
        for parameter in descriptor.parameters { values[parameter.name] = parameter.defaultText }
        for (name, text) in given {
            guard let spec = descriptor.parameters.first(where: { $0.name == name }) else {
                let known = descriptor.parameters.map(\.name).joined(separator: ", ")
                throw ParameterError(
                    parameter: name,
                    message: "strategy '\(descriptor.name)' has no such parameter; it has: \(known)"
                )
            }
            if let problem = Self.problem(text, spec.kind) {
                throw ParameterError(parameter: name, message: "'\(text)' \(problem)")
            }
            values[name] = text
        }
        self.values = values
        resolved = descriptor.parameters.map { ($0.name, values[$0.name] ?? $0.defaultText) }
    }

    private static func problem(_ text: String, _ kind: ParameterKind) -> String? {
        switch kind {
        case .integer(let range):
            guard let value = ExactDecimal(text)?.mantissa(atScale: 0) else {
                return "is not a whole number"
            }
            return range.contains(value)
                ? nil : "is out of range: \(range.lowerBound) to \(range.upperBound)"
        case .number(let range):
            guard let value = ExactDecimal(text)?.doubleValue else {
                return "is not a plain decimal number"
            }
            return range.contains(value)
                ? nil : "is out of range: \(range.lowerBound) to \(range.upperBound)"
        case .quantity:
            if text == "auto" { return nil }
            guard let value = ExactDecimal(text) else {
                return "is not a plain decimal number (or 'auto')"
            }
            return value.mantissa > 0 ? nil : "must be above 0"
        case .duration(let range):
            guard let value = Nanoseconds(text) else {
                return "is not a duration such as 100ms (an integer and ns, us, ms, s, m or h)"
            }
            return range.contains(value.count)
                ? nil
                : "is out of range: \(Nanoseconds(range.lowerBound).text) to \(Nanoseconds(range.upperBound).text)"
        case .choice(let words):
            return words.contains(text) ? nil : "must be one of: " + words.joined(separator: ", ")
        }
    }

    /// The text of a declared parameter.
    public func text(_ name: String) -> String {
        guard let text = values[name] else {
            preconditionFailure("a strategy reads only parameters that it declares: \(name)")
        }
        return text
    }

    /// A declared whole number.
    public func integer(_ name: String) -> Int64 {
        ExactDecimal(text(name))?.mantissa(atScale: 0) ?? 0
    }

    /// A declared decimal number.
    public func number(_ name: String) -> Double { ExactDecimal(text(name))?.doubleValue ?? 0 }

    /// A declared duration.
    public func duration(_ name: String) -> Nanoseconds { Nanoseconds(text(name)) ?? .zero }

    /// A declared quantity in lots, or nil for `auto`.
    ///
    /// - Throws: ``ParameterError`` when it is not a whole number of the instrument's lots or below
    ///   its smallest order.
    public func quantity(_ name: String, of instrument: InstrumentSpec) throws(ParameterError)
        -> Quantity?
    {
        guard text(name) != "auto", let value = ExactDecimal(text(name)) else { return nil }
        guard let lots = value.wholeSteps(of: instrument.lotSize) else {
            throw ParameterError(
                parameter: name,
                message: "\(text(name)) is not a whole number of lots of \(instrument.lotSize)")
        }
        guard lots <= 9_007_199_254_740_992 else {
            throw ParameterError(
                parameter: name, message: "\(text(name)) is too large: 2^53 lots at most")
        }
        guard lots >= instrument.minimumQuantity.lots else {
            throw ParameterError(
                parameter: name,
                message: "\(text(name)) is below the smallest order, "
                    + instrument.quantityText(lots: instrument.minimumQuantity.lots))
        }
        return Quantity(lots: lots)
    }

    /// Equal when every value in force is equal.
    public static func == (left: ParameterValues, right: ParameterValues) -> Bool {
        left.values == right.values
    }

    /// Hashes the values in force.
    public func hash(into hasher: inout Hasher) { hasher.combine(values) }
}

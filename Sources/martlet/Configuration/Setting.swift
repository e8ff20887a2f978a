// Where the value of an option came from, and what wins when several places name it.

package import MartletModel

/// Where a value came from; later ones win.
package enum SettingOrigin: Hashable, Sendable {
    /// Nobody said anything.
    case builtIn
    /// A configuration file.
    case file(String, TextPlace)
    /// An environment variable.
    case environment(String)
    /// The command line.
    case flag

    /// For messages and `config show --resolved`.
    package func text(_ name: String) -> String {
        switch self {
        case .builtIn: return "default"
        case .file(let file, let place): return "\(file):\(place.line):\(place.column)"
        case .environment(let variable): return "environment \(variable)"
        case .flag: return "flag --\(name)"
        }
    }
}

/// One value of one option.
package struct Setting: Hashable, Sendable {
    /// The flag's name.
    package let name: String
    /// The value's text; for lists, one item.
    package let text: String
    /// Where it came from.
    package let origin: SettingOrigin

    /// A setting.
    package init(name: String, text: String, origin: SettingOrigin) {
        self.name = name
        self.text = text
        self.origin = origin
    }

    /// A failure about this setting: exit 2 from the command line, 3 from elsewhere.
    package func failure(_ message: String) -> Failure {
        switch origin {
        case .flag, .builtIn: return Failure(.usage, "--\(name) \(message)")
        case .file, .environment:
            return Failure(.configuration, "\(origin.text(name)): '\(name)' \(message)")
        }
    }
}

/// All settings in force.
package struct Settings: Sendable {
    /// Settings of one option come from one place, except `set`, which is merged by parameter.
    package private(set) var all: [Setting] = []

    /// No settings.
    package init() {}

    /// Lets the settings of one place replace those from weaker places.
    package mutating func override(with stronger: [Setting]) {
        for name in Set(stronger.map(\.name)).sorted() {
            let new = stronger.filter { $0.name == name }
            if name == "set" {
                let parameters = Set(new.map { Self.parameterName($0.text) })
                all.removeAll {
                    $0.name == name && parameters.contains(Self.parameterName($0.text))
                }
            } else {
                all.removeAll { $0.name == name }
            }
            all += new
        }
    }

    private static func parameterName(_ text: String) -> Substring {
        text.prefix { $0 != "=" }
    }

    /// All settings of one option.
    package func settings(_ name: String) -> [Setting] { all.filter { $0.name == name } }

    /// The setting of an option that takes one value.
    package func setting(_ name: String) -> Setting? { all.last { $0.name == name } }

    /// An option's value as read by `parse`, or nil when nothing names it.
    ///
    /// - Throws: a usage or configuration failure that says what `expected` is.
    package func parsed<Value>(
        _ name: String, _ expected: String, _ parse: (String) -> Value?
    ) throws(Failure) -> Value? {
        guard let setting = setting(name) else { return nil }
        if let value = parse(setting.text) { return value }
        throw setting.failure("'\(setting.text)' is not \(expected)")
    }

    /// Whether a toggle is on.
    package func isOn(_ name: String) -> Bool { setting(name)?.text == "true" }
}

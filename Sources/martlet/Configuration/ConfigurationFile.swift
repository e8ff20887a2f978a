// A configuration file as settings: keys are flag names, checked strictly.

package import MartletModel
import MartletStore

/// Reads configuration files and the environment for a verb whose flags are the keys.
package struct ConfigurationReader: Sendable {
    private let flags: [Flag]
    private let section: String

    /// A configuration file's size that is read; larger is refused.
    package static let bytesMax = 1 << 20

    /// A reader for these flags; `section` is the middle of environment names, in capitals.
    package init(flags: [Flag], section: String) {
        self.flags = flags.filter { $0.name != "help" }
        self.section = section
    }

    /// The settings of a file.
    ///
    /// - Throws: not found, permission, or a configuration failure with line and column.
    package func settings(file path: String) throws(Failure) -> [Setting] {
        let bytes = try SmallFile.read(path, limit: Self.bytesMax, kind: .configuration)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Failure(.configuration, "\(path): is not UTF-8 text; save it as UTF-8")
        }
        let value = try JSON5Parser.parse(text, file: path)
        guard case .object(let members) = value.content else {
            throw Failure(
                .configuration,
                "\(path):\(value.place.line):\(value.place.column): a configuration is an object, "
                    + "{ … }, not \(value.content.typeName)")
        }
        var settings: [Setting] = []
        for member in members { settings += try self.settings(member, path) }
        return settings
    }

    private func settings(
        _ member: ConfigurationMember, _ path: String
    ) throws(Failure) -> [Setting] {
        guard let flag = flags.first(where: { $0.name == member.key }) else {
            throw Failure(
                .configuration,
                "\(path):\(member.place.line):\(member.place.column): "
                    + "unknown key '\(member.key)'; "
                    + suggestion(for: member.key, in: flags.map(\.name)))
        }
        let origin = SettingOrigin.file(path, member.value.place)
        func setting(_ text: String) -> Setting {
            Setting(name: flag.name, text: text, origin: origin)
        }
        switch (flag.kind, member.value.content) {
        case (.toggle, .flag(let value)): return [setting(value ? "true" : "false")]
        case (.toggle, _): throw setting("").failure("must be true or false")
        case (.list, .object(let pairs)) where flag.name == "set":
            return try pairs.map { pair throws(Failure) in
                Setting(
                    name: flag.name,
                    text: pair.key + "=" + (try scalar(pair.value, of: pair.key, path)),
                    origin: .file(path, pair.value.place))
            }
        case (.list, .array(let items)) where flag.name != "set":
            return try items.map { item throws(Failure) in
                setting(try scalar(item, of: flag.name, path))
            }
        default:
            if flag.name == "set" {
                throw setting("").failure("must be an object such as { fast: 5, slow: 20 }")
            }
            return [setting(try scalar(member.value, of: flag.name, path))]
        }
    }

    private func scalar(
        _ value: ConfigurationValue, of name: String, _ path: String
    ) throws(Failure) -> String {
        switch value.content {
        case .string(let text) where !text.isEmpty: return text
        case .number(let text): return text
        case .flag(let flag) where flags.allSatisfy { $0.name != name }: return "\(flag)"
        default:
            throw Failure(
                .configuration,
                "\(path):\(value.place.line):\(value.place.column): '\(name)' "
                    + "must be text or a number, not \(value.content.typeName)")
        }
    }

    /// The settings of the environment: `MARTLET__SECTION__FLAG_NAME`, lists separated by commas.
    ///
    /// - Parameter environment: `NAME=VALUE` texts.
    /// - Throws: a configuration failure for a name that means nothing.
    package func settings(environment: [String]) throws(Failure) -> [Setting] {
        var settings: [Setting] = []
        for entry in environment.sorted() where entry.hasPrefix("MARTLET__") {
            let parts = entry.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let variable = String(parts[0])
            let value = parts.count > 1 ? String(parts[1]) : ""
            let known = flags.map { Self.variable(section, $0.name) }
            guard let position = known.firstIndex(of: variable) else {
                throw Failure(
                    .configuration,
                    "environment \(variable): unknown name; "
                        + (nearestWord(to: variable, in: known).map { "did you mean '\($0)'?" }
                            ?? "names are MARTLET__\(section)__FLAG_NAME"))
            }
            let flag = flags[position]
            let origin = SettingOrigin.environment(variable)
            let texts = flag.kind == .list ? value.split(separator: ",").map(String.init) : [value]
            for text in texts {
                let setting = Setting(name: flag.name, text: text, origin: origin)
                if text.isEmpty { throw setting.failure("is empty; unset it or give a value") }
                if flag.kind == .toggle, text != "true", text != "false" {
                    throw setting.failure("must be true or false, not '\(text)'")
                }
                settings.append(setting)
            }
        }
        return settings
    }

    /// `MARTLET__BACKTEST__MAKER_FEE` for section `BACKTEST` and flag `maker-fee`.
    package static func variable(_ section: String, _ flag: String) -> String {
        "MARTLET__" + section + "__"
            + String(flag.uppercased().map { $0 == "-" ? "_" : $0 })
    }
}

// Collects the settings of a backtest: file, then environment, then flags.

import Glibc
package import MartletModel
import MartletResearch

/// Where `backtest run` and `config` find their settings.
package enum BacktestSettings {
    /// A reader of configuration files and environment for backtests.
    package static let reader = ConfigurationReader(
        flags: BacktestFlags.all + [Flag.common[0]], section: "BACKTEST")

    /// Settings of an optional file, the process's environment and the flags given, the last winning.
    ///
    /// - Throws: what reading the file and the environment throws.
    package static func collect(
        file: String?, _ invocation: Invocation
    ) throws(Failure) -> Settings {
        var settings = Settings()
        if let file { settings.override(with: try reader.settings(file: file)) }
        settings.override(with: try reader.settings(environment: processEnvironment()))
        let known = Set(BacktestFlags.all.map(\.name) + ["json"])
        settings.override(
            with: invocation.given.filter { known.contains($0.name) }.map {
                Setting(name: $0.name, text: $0.text, origin: .flag)
            })
        return settings
    }

    /// `NAME=VALUE` texts of this process.
    private static func processEnvironment() -> [String] {
        var entries: [String] = []
        var cursor = environ
        while let entry = cursor.pointee {
            entries.append(String(cString: entry))
            cursor += 1
        }
        return entries
    }
}

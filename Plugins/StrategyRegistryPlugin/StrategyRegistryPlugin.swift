// Runs the registry generator before MartletStrategies is compiled.

import Foundation
import PackagePlugin

/// Hands the strategy files of the target to `StrategyRegistryTool`, which writes the registry.
@main
struct StrategyRegistryPlugin: BuildToolPlugin {
    /// One command: from the files in `BuiltIn` and `User` to `RegisteredStrategies.swift`.
    func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
        guard let module = target as? any SourceModuleTarget else { return [] }
        let folders = ["BuiltIn", "User"].map {
            module.directoryURL.appending(path: $0).standardizedFileURL.path + "/"
        }
        let inputs = module.sourceFiles(withSuffix: "swift").map(\.url)
            .filter { file in folders.contains { file.standardizedFileURL.path.hasPrefix($0) } }
            .sorted { $0.path < $1.path }
        let output = context.pluginWorkDirectoryURL.appending(path: "RegisteredStrategies.swift")
        return [
            .buildCommand(
                displayName: "Registering strategies",
                executable: try context.tool(named: "StrategyRegistryTool").url,
                arguments: [output.path] + inputs.map(\.path), inputFiles: inputs,
                outputFiles: [output])
        ]
    }
}

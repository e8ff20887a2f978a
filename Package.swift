// swift-tools-version: 6.2
// Martlet: one target per promise about imports; docs/architecture.md is generated from this file.

import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

/// Overlapping accesses to a class's properties are looked for in debug builds, which all tests use;
/// in release builds the look-ups took a tenth of the time that a feed spends on a message.
let uncheckedAccess: [SwiftSetting] = [
    .unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release))
]

func module(
    _ name: String, _ dependencies: [Target.Dependency] = [], plugins: [Target.PluginUsage] = [],
    settings: [SwiftSetting] = []
) -> Target {
    .target(
        name: "Martlet\(name)", dependencies: dependencies, swiftSettings: strict + settings,
        plugins: plugins)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(
        name: "Martlet\(name)Tests", dependencies: dependencies + ["MartletTesting"],
        swiftSettings: strict)
}

let package = Package(
    name: "martlet",
    products: [.executable(name: "martlet", targets: ["martlet"])],
    targets: [
        // C libraries, each imported by exactly one Swift target.
        .systemLibrary(
            name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(
            name: "CZstandard", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
        .systemLibrary(
            name: "CDeflate", pkgConfig: "libdeflate", providers: [.apt(["libdeflate-dev"])]),
        .systemLibrary(
            name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(
            name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CWslay", providers: [.apt(["libwslay-dev"])]),
        .systemLibrary(
            name: "CWebDeflate", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(
            name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(
            name: "CMicroHTTPD", pkgConfig: "libmicrohttpd",
            providers: [.apt(["libmicrohttpd-dev"])]),
        .systemLibrary(
            name: "CNats", pkgConfig: "libnats", providers: [.apt(["libnats-dev"])]),
        .target(name: "CLinux"),
        .target(name: "CAllocationCounter"),
        .target(name: "CPrefetch"),

        // Vocabulary and domain.
        module("Model"),
        module("Book", ["MartletModel"]),
        module("Accounting", ["MartletModel"]),
        module("Signals", ["MartletModel", "MartletBook"]),
        module("Statistics", ["MartletModel"]),

        // Engine.
        module("Venues", ["MartletModel", "MartletBook"]),
        module(
            "Strategies", ["MartletModel", "MartletBook", "MartletSignals"],
            plugins: ["StrategyRegistryPlugin"]),
        module(
            "Engine", ["MartletModel", "MartletBook", "MartletAccounting", "MartletStrategies"]),
        module(
            "Simulation",
            [
                "MartletModel", "MartletBook", "MartletAccounting", "MartletStrategies",
                "MartletEngine", "CPrefetch",
            ]),

        // Bytes on disk and research.
        module("Store", ["MartletModel", "CZlib", "CZstandard", "CDeflate", "CCrypto"]),
        .target(
            name: "MartletNetwork",
            dependencies: [
                "MartletModel", "COpenSSL", "CWslay", "CWebDeflate", "CCurl", "CMicroHTTPD",
                "CNats", "CLinux",
            ], swiftSettings: strict, linkerSettings: [.linkedLibrary("wslay")]),
        module("Import", ["MartletModel", "MartletBook", "MartletVenues", "MartletStore"]),
        module(
            "Research",
            [
                "MartletModel", "MartletBook", "MartletAccounting",
                "MartletStatistics", "MartletStrategies", "MartletEngine", "MartletSimulation",
                "MartletStore",
            ]),

        // Live market data.
        module(
            "Feed",
            [
                "MartletModel", "MartletBook", "MartletVenues", "MartletStore", "MartletImport",
                "MartletNetwork",
            ], settings: uncheckedAccess),
        module(
            "VenueServer",
            [
                "MartletModel", "MartletBook", "MartletVenues", "MartletSimulation",
                "MartletStore", "MartletNetwork",
            ]),

        // Programs.
        .executableTarget(
            name: "martlet",
            dependencies: [
                "MartletModel", "MartletBook", "MartletAccounting", "MartletStatistics",
                "MartletVenues", "MartletStrategies", "MartletEngine", "MartletSimulation",
                "MartletStore", "MartletImport", "MartletResearch", "MartletNetwork",
                "MartletFeed", "MartletVenueServer",
            ], swiftSettings: strict),
        .executableTarget(
            name: "martlet-bench",
            dependencies: [
                "MartletModel", "MartletBook", "MartletAccounting", "MartletVenues",
                "MartletStrategies", "MartletEngine", "MartletSimulation", "MartletStore",
                "MartletImport", "MartletResearch", "MartletNetwork", "MartletFeed",
                "MartletVenueServer", "CAllocationCounter",
            ], path: "Benchmarks", exclude: ["baselines"], swiftSettings: strict),
        .executableTarget(
            name: "martlet-load", dependencies: ["MartletNetwork"], path: "LoadGenerator",
            swiftSettings: strict),

        // Build time.
        .executableTarget(
            name: "StrategyRegistryTool", path: "Plugins/StrategyRegistryTool",
            swiftSettings: strict),
        .plugin(
            name: "StrategyRegistryPlugin", capability: .buildTool(),
            dependencies: ["StrategyRegistryTool"]),

        // Tests.
        .target(
            name: "MartletTesting",
            dependencies: ["MartletModel", "MartletBook", "MartletStore"],
            path: "Tests/MartletTesting", swiftSettings: strict),
        tests("Model", ["MartletModel"]),
        tests("Book", ["MartletModel", "MartletBook"]),
        tests("Accounting", ["MartletModel", "MartletAccounting"]),
        tests("Signals", ["MartletModel", "MartletBook", "MartletSignals"]),
        tests("Statistics", ["MartletModel", "MartletStatistics"]),
        tests("Venues", ["MartletModel", "MartletBook", "MartletVenues"]),
        tests(
            "Strategies",
            ["MartletModel", "MartletBook", "MartletStrategies", "StrategyRegistryTool"]),
        tests(
            "Engine",
            [
                "MartletModel", "MartletBook", "MartletAccounting", "MartletStrategies",
                "MartletEngine",
            ]),
        tests(
            "Simulation",
            [
                "MartletModel", "MartletBook", "MartletAccounting", "MartletStrategies",
                "MartletEngine", "MartletSimulation", "MartletStore", "MartletImport",
            ]),
        tests("Store", ["MartletModel", "MartletStore"]),
        tests(
            "Import",
            ["MartletModel", "MartletBook", "MartletVenues", "MartletStore", "MartletImport"]),
        tests(
            "Research",
            [
                "MartletModel", "MartletAccounting", "MartletStatistics", "MartletStrategies",
                "MartletEngine", "MartletSimulation", "MartletStore", "MartletVenues",
                "MartletImport", "MartletResearch",
            ]),
        tests("Network", ["MartletModel", "MartletNetwork"]),
        tests(
            "Feed",
            [
                "MartletModel", "MartletBook", "MartletVenues", "MartletStore", "MartletImport",
                "MartletNetwork", "MartletFeed",
            ]),
        tests(
            "VenueServer",
            [
                "MartletModel", "MartletBook", "MartletVenues", "MartletStore",
                "MartletSimulation", "MartletNetwork", "MartletVenueServer",
            ]),
        tests(
            "Reliability",
            [
                "MartletModel", "MartletBook", "MartletVenues", "MartletFeed",
                "MartletVenueServer",
            ]),
        tests("Architecture", []),
        tests("Command", ["MartletModel", "MartletStore", "MartletResearch", "martlet"]),
    ]
)

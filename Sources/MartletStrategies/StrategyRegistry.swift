// Finds strategies by name: the list itself is made at build time from the files in BuiltIn and User.

/// The strategies of this build. A file in `Sources/MartletStrategies/BuiltIn` or `…/User` with a
/// type that conforms to ``Strategy`` is in it after the next build; nothing else has to be edited.
public enum StrategyRegistry {
    /// The strategy of that name, or nil.
    public static func find(_ name: String) -> (any Strategy.Type)? {
        registeredStrategies.first { $0.descriptor.name == name }
    }

    /// Every name, in order.
    public static var names: [String] { registeredStrategies.map { $0.descriptor.name } }
}

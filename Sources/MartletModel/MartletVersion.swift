// The product's version, as printed and as recorded in what it writes.

/// The version of Martlet.
public enum MartletVersion {
    /// Semantic version text.
    public static let text = "0.1.0"
}

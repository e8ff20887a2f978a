// Where tests find recorded data: shipped with the project, or in a collection beside it.

import Glibc

/// Paths of recorded data.
public enum TestData {
    /// The folder of the package, by where this file was compiled.
    public static let packageRoot: String = {
        var path = #filePath[...]
        for _ in 0..<3 { path = path[..<(path.lastIndex(of: "/") ?? path.endIndex)] }
        return String(path)
    }()

    /// The shipped capture of ETHUSDT, Binance USDT-M.
    public static let shippedCapture = packageRoot + "/Data/binance-usdm/ethusdt_20240808.gz"

    /// The folder `shared` beside the package or one of its parents, where there is one.
    ///
    /// Tests that need it are skipped without it, and say so.
    public static let shared: String? = {
        var folder = packageRoot[...]
        for _ in 0..<3 {
            guard let slash = folder.lastIndex(of: "/") else { return nil }
            folder = folder[..<slash]
            let candidate = String(folder) + "/shared"
            if access(candidate + "/data", R_OK) == 0 { return candidate }
        }
        return nil
    }()
}

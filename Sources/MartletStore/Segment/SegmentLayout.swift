// How event rows lie on disk: the fields, the header, the limits.

public import MartletModel

/// The fixed facts of the event segment format, `martlet.segment/1`.
public enum SegmentLayout {
    /// The schema that sidecars name.
    public static let schema = "martlet.segment/1"
    /// Bytes before the first row.
    public static let headerLength = 512
    /// Bytes of one row.
    public static let rowSize = 48
    /// Ticks and lots stay within ± this number, so that doubles hold them exactly: 2^53.
    public static let numberMax: Int64 = 1 << 53
    /// Times stay within 0 and this number of ns, so that differences cannot overflow: 2^62.
    public static let timeMax: Int64 = 1 << 62

    /// The fields of a row, in the order of their bytes.
    public static let fields = [
        NumpyField("exchange_time", "<i8"), NumpyField("receive_time", "<i8"),
        NumpyField("price", "<i8"), NumpyField("quantity", "<i8"),
        NumpyField("sequence", "<i8"), NumpyField("exchange_order", "<i4"),
        NumpyField("kind", "|u1"), NumpyField("side", "|u1"), NumpyField("flags", "<u2"),
    ]

    /// The sidecar of a segment.
    public static func sidecarPath(of segmentPath: String) -> String { segmentPath + ".json" }
}

extension EventKind {
    /// The kind's name in sidecars and reports.
    public var name: String {
        switch self {
        case .level: return "level"
        case .trade: return "trade"
        case .quote: return "quote"
        case .markPrice: return "markPrice"
        case .indexPrice: return "indexPrice"
        case .funding: return "funding"
        case .liquidation: return "liquidation"
        case .openInterest: return "openInterest"
        }
    }

    /// Whether price and quantity are ticks and lots of the instrument.
    public var isPricedInTicks: Bool {
        switch self {
        case .level, .trade, .quote, .liquidation: return true
        case .markPrice, .indexPrice, .funding, .openInterest: return false
        }
    }
}

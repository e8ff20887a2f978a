// Identifiers as types, so that one kind cannot stand in for another.

/// A venue by its full id, for example `binance-usdm`.
public struct VenueID: Hashable, Sendable {
    /// The id as used on the command line and in files.
    public let name: String

    /// A venue by its id.
    public init(_ name: String) { self.name = name }

    /// Binance spot.
    public static let binanceSpot = VenueID("binance-spot")
    /// Binance USDT-margined futures.
    public static let binanceUSDM = VenueID("binance-usdm")
    /// Binance coin-margined futures.
    public static let binanceCoinM = VenueID("binance-coinm")
    /// OKX.
    public static let okx = VenueID("okx")
    /// Bybit spot.
    public static let bybitSpot = VenueID("bybit-spot")
    /// Bybit linear contracts.
    public static let bybitLinear = VenueID("bybit-linear")
    /// Bybit inverse contracts.
    public static let bybitInverse = VenueID("bybit-inverse")
    /// Hyperliquid, perpetual and spot.
    public static let hyperliquid = VenueID("hyperliquid")
    /// MEXC spot.
    public static let mexcSpot = VenueID("mexc-spot")
    /// MEXC futures.
    public static let mexcFutures = VenueID("mexc-futures")
    /// Alpaca stocks.
    public static let alpacaStocks = VenueID("alpaca-stocks")
    /// Alpaca crypto.
    public static let alpacaCrypto = VenueID("alpaca-crypto")

    /// All venues, in the order of the documentation.
    public static let all: [VenueID] = [
        .binanceSpot, .binanceUSDM, .binanceCoinM, .okx, .bybitSpot, .bybitLinear, .bybitInverse,
        .hyperliquid, .mexcSpot, .mexcFutures, .alpacaStocks, .alpacaCrypto,
    ]

    /// A venue by its id or by a short name; short names that stand for two markets are told apart
    /// by the symbol (`mexc`: futures if it has `_`; `alpaca`: crypto if it has `/`).
    ///
    /// - Returns: Nil for a name that is none.
    public static func named(_ name: String, symbol: String = "") -> VenueID? {
        switch name {
        case "binance": .binanceUSDM
        case "bybit": .bybitLinear
        case "hl": .hyperliquid
        case "mexc": symbol.contains("_") ? .mexcFutures : .mexcSpot
        case "alpaca": symbol.contains("/") ? .alpacaCrypto : .alpacaStocks
        default: all.first { $0.name == name }
        }
    }
}

/// One instrument on one venue.
public struct InstrumentID: Hashable, Sendable {
    /// Where it trades.
    public let venue: VenueID
    /// The venue's own name of it, as the venue spells it, for example `ETHUSDT`.
    public let symbol: String

    /// An instrument by venue and symbol.
    public init(venue: VenueID, symbol: String) {
        self.venue = venue
        self.symbol = symbol
    }
}

/// Our name of an order: unique within a run, counted from 1, never reused.
@frozen public struct ClientOrderID: Hashable, Comparable, Sendable {
    /// The running number of the order.
    public let number: Int64

    /// The order with running number `number`.
    @inlinable public init(_ number: Int64) { self.number = number }

    /// Orders by age.
    @inlinable public static func < (left: ClientOrderID, right: ClientOrderID) -> Bool {
        left.number < right.number
    }
}

/// A strategy's own name of a timer.
@frozen public struct TimerID: Hashable, Sendable {
    /// The number that the strategy chose.
    public let number: Int

    /// The timer with this number.
    @inlinable public init(_ number: Int) { self.number = number }
}

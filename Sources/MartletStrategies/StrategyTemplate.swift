// The source that a new strategy of the user's own starts from.

public import MartletModel

/// Makes the first version of a strategy: a small working one, to be changed.
public enum StrategyTemplate {
    /// The folder, from the checkout's root, that strategies of the user's own live in.
    public static let folder = "Sources/MartletStrategies/User"
    /// The most characters that a name may have.
    public static let nameLengthMax = 40

    /// The Swift type for a strategy name: `night-watch` is `NightWatchStrategy`.
    ///
    /// - Throws: A usage failure unless the name is made of lower-case words and numbers, joined by
    ///   single hyphens and begun by a letter.
    public static func typeName(for name: String) throws(Failure) -> String {
        let words = name.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        let isPlain = words.allSatisfy { word in
            !word.isEmpty && word.allSatisfy { ($0 >= 97 && $0 <= 122) || ($0 >= 48 && $0 <= 57) }
        }
        guard isPlain, let first = name.utf8.first, first >= 97, name.utf8.count <= nameLengthMax
        else {
            throw Failure(
                .usage,
                "'\(name)' cannot name a strategy: use lower-case letters, digits and single "
                    + "hyphens, begin with a letter, \(nameLengthMax) characters at most "
                    + "(for example night-watch)")
        }
        let camel = words.map { word -> String in
            let text = String(decoding: word, as: UTF8.self)
            return text.prefix(1).uppercased() + text.dropFirst()
        }
        .joined()
        return camel.hasSuffix("Strategy") && camel != "Strategy" ? camel : camel + "Strategy"
    }

    /// The source of a new strategy of that name, to be written to ``path(for:)``. It compiles,
    /// and places orders on any event segment with its defaults.
    ///
    /// - Throws: A usage failure for a name that cannot be used (see ``typeName(for:)``) or that a
    ///   strategy of this build has already.
    public static func source(name: String) throws(Failure) -> String {
        let type = try typeName(for: name)
        guard StrategyRegistry.find(name) == nil else {
            throw Failure(
                .usage, "a strategy named '\(name)' exists already; choose another name")
        }
        return body.replacing("TYPE_NAME", with: type).replacing("STRATEGY_NAME", with: name)
    }

    /// Where a new strategy belongs, from the checkout's root.
    ///
    /// - Throws: As ``typeName(for:)``.
    public static func path(for name: String) throws(Failure) -> String {
        "\(folder)/\(try typeName(for: name)).swift"
    }

    private static let body = """
        // The strategy STRATEGY_NAME: quotes at the touch on the side that the book leans to.

        import MartletBook
        public import MartletModel

        /// Looks at the best bid and ask at a fixed interval. While the bid holds at least `lean` of
        /// the size at the touch it rests a buy order there, while the ask does it rests a sell order;
        /// an order on the other side, or at an old price, is canceled.
        ///
        /// Assumes that the price moves away from the larger side. Replace this by your own idea, and
        /// say here what it assumes.
        public struct TYPE_NAME: Strategy {
            /// Name and parameters.
            public static let descriptor = StrategyDescriptor(
                name: "STRATEGY_NAME",
                summary: "Quotes at the touch on the side that the book leans to.",
                parameters: [
                    ParameterSpec(
                        "lean", .number(0...1), default: "0.5",
                        "Share of the size at the touch that a side must have."),
                    ParameterSpec(
                        "quantity", .quantity, default: "auto",
                        "Size of each order, in quantity units; auto is the smallest allowed."),
                    ParameterSpec(
                        "maxPositionOrders", .integer(1...500), default: "10",
                        "Largest position either way, in orders."),
                    ParameterSpec(
                        "interval", .duration(1_000...3_600_000_000_000), default: "100ms",
                        "Time between two looks."),
                ])

            private let lean: Double
            private let maxPositionOrders: Int64
            private let interval: Nanoseconds
            private var size: OrderSize

            /// From its parameters; they have been checked against the descriptor.
            public init(parameters: ParameterValues, instrument: InstrumentSpec) throws(ParameterError) {
                lean = parameters.number("lean")
                maxPositionOrders = parameters.integer("maxPositionOrders")
                interval = parameters.duration("interval")
                size = try OrderSize("quantity", parameters, instrument)
            }

            /// The run begins: asks to be woken after one interval.
            public mutating func start(_ context: inout StrategyContext) {
                context.setTimer(TimerID(0), after: interval)
            }

            /// The timer is due: looks at the market and moves the quotes.
            public mutating func timerFired(_ timer: TimerID, _ context: inout StrategyContext) {
                context.setTimer(TimerID(0), after: interval)
                let market = context.market
                guard let bid = market.bestBid, let ask = market.bestAsk, bid < ask else { return }
                let bidSize = Double(market.lots(.buy, tick: bid))
                let askSize = Double(market.lots(.sell, tick: ask))
                let bidShare = bidSize / (bidSize + askSize)
                quote(.buy, at: bid, wanted: bidShare >= lean, &context)
                quote(.sell, at: ask, wanted: 1 - bidShare >= lean, &context)
            }

            private mutating func quote(
                _ side: Side, at tick: Int64, wanted: Bool, _ context: inout StrategyContext
            ) {
                if let order = context.openOrder(side) {
                    if !wanted || order.price.ticks != tick { context.cancel(order.id) }
                    return
                }
                let quantity = size.quantity(at: tick)
                let room = maxPositionOrders * quantity.lots - side.sign * context.positionLots
                guard wanted, room >= quantity.lots else { return }
                context.submit(
                    OrderRequest(side, quantity, at: Price(ticks: tick), timeInForce: .gtx))
            }
        }

        """
}

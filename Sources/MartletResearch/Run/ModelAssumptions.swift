// What a backtest takes for granted, in words, with the direction in which each errs.

import MartletModel

/// The assumptions of the models that a run used.
enum ModelAssumptions {
    static func all(_ options: BacktestOptions) -> [ModelAssumption] {
        if options.bars != nil { return bars(options) }
        return [
            market, queue(options), fill(options), latency(options), clock, fees,
        ]
    }

    private static let market = ModelAssumption(
        name: "Market impact",
        statement:
            "Own orders leave the recorded market as it was: nobody reacts to them, and what "
            + "they take is there again after the level's next change. Orders deeper than the "
            + "recorded levels join with nothing ahead.", errs: .optimistic)

    private static let clock = ModelAssumption(
        name: "Feed latency",
        statement: "Receive times are shifted by one constant so that the fastest message took no "
            + "time. True latency is longer by an amount that the recording does not tell.",
        errs: .optimistic)

    private static let fees = ModelAssumption(
        name: "Fees",
        statement: "Rates stay as given; spot fees are counted in the quote asset.", errs: .neutral)

    private static func queue(_ options: BacktestOptions) -> ModelAssumption {
        let name = "Queue position: \(options.queue.text)"
        switch options.queue {
        case .risk:
            return ModelAssumption(
                name: name,
                statement: "Only trades move an order forward; every cancel is taken to have stood "
                    + "behind it.", errs: .pessimistic)
        case .power, .log:
            return ModelAssumption(
                name: name,
                statement:
                    "Cancels are split between before and behind the order by a formula that "
                    + "was not calibrated on own fills. Orders join behind all displayed size; "
                    + "hidden size does not exist.", errs: .unknown)
        }
    }

    private static func fill(_ options: BacktestOptions) -> ModelAssumption {
        if options.fillModel == .nopartial {
            return ModelAssumption(
                name: "Fills: whole orders",
                statement: "Any fill takes the whole order, however little was traded.",
                errs: .optimistic)
        }
        if options.profile != .standard {
            return ModelAssumption(
                name: "Fills: partial, upstream rules",
                statement:
                    "Orders at the price fill by what was traded beyond the queue; a trade or "
                    + "a book level through the price fills everything, whatever its size.",
                errs: .optimistic)
        }
        return ModelAssumption(
            name: "Fills: partial",
            statement:
                "An order fills by what was traded beyond its place in the queue; a trade or "
                + "a book level through its price fills at most its own size.", errs: .neutral)
    }

    private static func latency(_ options: BacktestOptions) -> ModelAssumption {
        if options.latencyFile != nil {
            return ModelAssumption(
                name: "Order latency: recorded",
                statement: "Interpolated between recorded samples; bursts between them are missed.",
                errs: .optimistic)
        }
        let longest = max(options.entryLatency.submit, options.responseLatency.submit)
        return ModelAssumption(
            name: "Order latency: constant",
            statement: longest == .zero
                ? "Requests and answers take no time at all."
                : "\(options.entryLatency.submit.text) to the venue and "
                    + "\(options.responseLatency.submit.text) back, also when markets are fast.",
            errs: .optimistic)
    }

    private static func bars(_ options: BacktestOptions) -> [ModelAssumption] {
        let close = options.fillAt == .close
        return [
            ModelAssumption(
                name: close ? "Fills at the signal's close" : "Fills at the next open",
                statement: close
                    ? "Orders trade at the very price that caused them."
                    : "Orders trade at the next bar's open, plus slippage.",
                errs: close ? .optimistic : .neutral),
            ModelAssumption(
                name: "Whole fills",
                statement: "Every fill is whole, whatever the bar's volume.", errs: .optimistic),
            ModelAssumption(
                name: "Resting orders",
                statement:
                    "A limit order fills only when the bar trades beyond its price, and then "
                    + "at its price.", errs: .pessimistic),
        ]
    }
}

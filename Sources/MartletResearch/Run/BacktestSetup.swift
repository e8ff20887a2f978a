// Turns the options of a backtest into venues, accounts and engines.

import MartletAccounting
import MartletBook
import MartletEngine
import MartletModel
import MartletSimulation
import MartletStore
import MartletStrategies

/// One configuration of a run: what the bracket varies.
struct Variant {
    let label: String
    let queue: QueueChoice
    let latencyFactor: Int64
}

/// Everything that is the same for all configurations of one backtest.
struct BacktestSetup {
    let options: BacktestOptions
    let instrument: InstrumentSpec
    let strategy: any Strategy.Type
    let parameters: ParameterValues
    let fees: FeeSchedule
    let latency: LatencyModel
    let emptyAccount: Account
    let initialCash: Int128?

    /// Checks how the options go together.
    ///
    /// - Throws: usage for an impossible combination or a wrong parameter, notFound for an unknown
    ///   strategy.
    init(_ options: BacktestOptions, instrument: InstrumentSpec) throws(Failure) {
        self.options = options
        self.instrument = instrument
        strategy = try Self.strategy(of: options)
        do throws(ParameterError) {
            parameters = try ParameterValues(
                options.parameters.map { ($0.name, $0.text) }, for: strategy.descriptor)
            _ = try strategy.init(parameters: parameters, instrument: instrument)
        } catch {
            throw Failure(.usage, "--set: \(error.description)")
        }
        fees = try Self.fees(of: options)
        latency = try Self.latency(of: options)
        do throws(AccountingError) {
            emptyAccount = try Account(instrument: instrument, fees: fees)
        } catch {
            throw Failure(
                .usage,
                "tick, lot, multiplier and fee rates have too many digits together: "
                    + "give fees with fewer decimals")
        }
        guard let cash = options.cash else {
            initialCash = nil
            return
        }
        guard let amount = emptyAccount.amount(cash) else {
            throw Failure(.usage, "--cash \(cash): too large, or with too many decimals")
        }
        initialCash = amount
    }

    /// The strategy type that the options name, checked against the kind of data.
    static func strategy(of options: BacktestOptions) throws(Failure) -> any Strategy.Type {
        guard let type = StrategyRegistry.find(options.strategy) else {
            let known = registeredStrategies.map { $0.descriptor.name }.joined(separator: ", ")
            throw Failure(
                .notFound, "there is no strategy '\(options.strategy)'; there are: \(known)")
        }
        return type
    }

    /// The longest time between two looks: 10 years, so that ten of them can be added to a time.
    private static let intervalMax: Int64 = 315_360_000_000_000_000

    /// The time between two looks of the strategy, 100 ms where it has no `interval`; ns.
    static func interval(of options: BacktestOptions) throws(Failure) -> Int64 {
        let descriptor = try strategy(of: options).descriptor
        guard let parameter = descriptor.parameters.first(where: { $0.name == "interval" }),
            case .duration = parameter.kind
        else { return 100_000_000 }
        do throws(ParameterError) {
            let values = try ParameterValues(
                options.parameters.map { ($0.name, $0.text) }, for: descriptor)
            return min(max(1, values.duration("interval").count), intervalMax)
        } catch {
            throw Failure(.usage, "--set: \(error.description)")
        }
    }

    private static func fees(of options: BacktestOptions) throws(Failure) -> FeeSchedule {
        var schedule = FeeSchedule(.none)
        if let name = options.feePreset {
            guard let preset = FeePreset(rawValue: name) else {
                let known = FeePreset.allCases.map(\.rawValue).joined(separator: ", ")
                throw Failure(.usage, "--fee-preset '\(name)' is not known; there are: \(known)")
            }
            schedule = preset.schedule
        }
        let base = schedule.tiers[0].rates
        let first = FeeRates(
            maker: (options.makerFee ?? base.maker).normalized,
            taker: (options.takerFee ?? base.taker).normalized)
        let tiers = options.feeTiers.map {
            FeeSchedule.Tier(from: $0.from, rates: FeeRates(maker: $0.maker, taker: $0.taker))
        }
        guard let schedule = FeeSchedule(tiers: [.init(from: .zero, rates: first)] + tiers) else {
            throw Failure(.usage, "--fee-tier: traded values must rise from one tier to the next")
        }
        return schedule
    }

    private static func latency(of options: BacktestOptions) throws(Failure) -> LatencyModel {
        guard let path = options.latencyFile else {
            func constants(_ choice: LatencyChoice) -> LatencyModel.Constants {
                LatencyModel.Constants(
                    submit: choice.submit.count, cancel: choice.cancel.count,
                    amend: choice.amend.count)
            }
            return LatencyModel(
                entry: constants(options.entryLatency), response: constants(options.responseLatency)
            )
        }
        return LatencyModel(samples: try LatencyFile.read(path))
    }

    /// The configurations of the bracket, without the main one.
    var bracket: [Variant] {
        [
            Variant(label: "Risk-averse queue", queue: .risk, latencyFactor: 1),
            Variant(label: "Power queue (exponent 3)", queue: .power3, latencyFactor: 1),
            Variant(label: "Logarithmic queue", queue: .log, latencyFactor: 1),
            Variant(label: "Twice the order latency", queue: options.queue, latencyFactor: 2),
        ]
    }

    /// The configuration that the options ask for.
    var main: Variant { Variant(label: "As configured", queue: options.queue, latencyFactor: 1) }

    /// Engine and venue of one configuration.
    func participant(
        _ variant: Variant, market: MarketView, startTime: Int64, recorder: RunCollector?
    ) -> Participant {
        let isUpstream = options.profile != .standard
        let settings = VenueSettings(
            instrument: instrument,
            queue: QueueModel(variant.queue.form, isClamped: !isUpstream),
            fillModel: options.fillModel == .partial ? .partial : .noPartial,
            conduct: isUpstream ? .upstream : .plain,
            latency: variant.latencyFactor == 1 ? latency : latency.times(variant.latencyFactor),
            amendRule: isUpstream
                ? .keepsPriorityWhenSmaller : AmendRule.rule(of: instrument.id.venue),
            needsHolding: instrument.kind == .spot && initialCash != nil,
            cash: instrument.kind == .spot && !isUpstream
                ? initialCash.map { VenueCash(account: emptyAccount, initial: $0) } : nil)
        let engine = Engine(
            strategy: makeStrategy(), market: market, account: emptyAccount, startTime: startTime,
            conduct: isUpstream ? .answerClearsPending : .plain)
        return Participant(
            engine: engine, venue: VenueAccount(settings: settings), initialCash: initialCash,
            recorder: recorder)
    }

    /// A new strategy with the checked parameters.
    func makeStrategy() -> any Strategy {
        do throws(ParameterError) {
            return try strategy.init(parameters: parameters, instrument: instrument)
        } catch {
            preconditionFailure("the same parameters were accepted before: \(error)")
        }
    }
}

extension QueueChoice {
    var form: QueueModel.Form {
        switch self {
        case .risk: .risk
        case .power(let variant, let exponent): .power(variant: variant, exponent: exponent)
        case .log: .logarithm
        }
    }
}

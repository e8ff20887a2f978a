// How long a request travels to the venue and its answer back.

/// One recorded order round: sent, matched, answered; ns, each on the clock of this replay.
public struct LatencySample: Hashable, Sendable {
    /// When the request was sent.
    public let requestTime: Int64
    /// When the venue handled it; 0 or less: it never arrived.
    public let exchangeTime: Int64
    /// When the answer was heard.
    public let responseTime: Int64

    /// A recorded round.
    public init(requestTime: Int64, exchangeTime: Int64, responseTime: Int64) {
        self.requestTime = requestTime
        self.exchangeTime = exchangeTime
        self.responseTime = responseTime
    }
}

/// Order entry and response latency: constant per action, or interpolated from a recording.
///
/// Constant latency hides that latency and volatility rise together: it errs optimistic in fast
/// markets. A recording is interpolated linearly between neighbouring samples and held at its ends;
/// it says nothing about bursts between samples (optimistic as well).
public struct LatencyModel: Sendable {
    /// What is asked for.
    public enum Action: Sendable {
        /// A new order.
        case submit
        /// A cancel.
        case cancel
        /// A change.
        case amend
    }

    /// Constants of one direction; ns, at least 0.
    public struct Constants: Hashable, Sendable {
        /// Of a new order.
        public let submit: Int64
        /// Of a cancel.
        public let cancel: Int64
        /// Of a change.
        public let amend: Int64

        /// Constants by action.
        public init(submit: Int64, cancel: Int64, amend: Int64) {
            self.submit = submit
            self.cancel = cancel
            self.amend = amend
        }

        fileprivate func times(_ factor: Int64) -> Constants {
            Constants(
                submit: LatencyModel.stretched(submit, factor),
                cancel: LatencyModel.stretched(cancel, factor),
                amend: LatencyModel.stretched(amend, factor))
        }

        fileprivate func of(_ action: Action) -> Int64 {
            switch action {
            case .submit: submit
            case .cancel: cancel
            case .amend: amend
            }
        }
    }

    /// No latency is longer: 2^61 ns, 73 years, so that sums with times cannot overflow.
    public static let latencyMax: Int64 = 1 << 61

    private let entryConstants: Constants
    private let responseConstants: Constants
    /// In order of request time.
    private let samples: [LatencySample]
    /// Those that arrived, in order of exchange time.
    private let arrived: [LatencySample]
    private let factor: Int64

    /// Constant latencies; longer ones than ``latencyMax`` count as that.
    public init(entry: Constants, response: Constants) {
        entryConstants = entry.times(1)
        responseConstants = response.times(1)
        samples = []
        arrived = []
        factor = 1
    }

    /// Recorded latencies, in order of request time, at least one; `factor` stretches them.
    public init(samples: [LatencySample], factor: Int64 = 1) {
        precondition(!samples.isEmpty, "a recorded latency model needs a sample")
        entryConstants = Constants(submit: 0, cancel: 0, amend: 0)
        responseConstants = entryConstants
        self.samples = samples
        var arrived = samples.filter { $0.exchangeTime > 0 }
        // Later requests may overtake earlier ones on the way; sorting is stable.
        arrived.sort { $0.exchangeTime < $1.exchangeTime }
        self.arrived = arrived
        self.factor = factor
    }

    /// A latency `factor` times as long, between 0 and ``latencyMax``.
    private static func stretched(_ latency: Int64, _ factor: Int64) -> Int64 {
        let (product, overflow) = latency.multipliedReportingOverflow(by: factor)
        return overflow ? latencyMax : min(max(0, product), latencyMax)
    }

    /// The same latencies, `factor` times as long.
    public func times(_ factor: Int64) -> LatencyModel {
        samples.isEmpty
            ? LatencyModel(
                entry: entryConstants.times(factor), response: responseConstants.times(factor))
            : LatencyModel(samples: samples, factor: Self.stretched(self.factor, factor))
    }

    /// Time from sending to the venue's handling; ns. Nil: it never arrives, and the refusal is
    /// heard after ``refusalDelay(at:)``.
    public func entry(_ action: Action, at time: Int64) -> Int64? {
        guard !samples.isEmpty else { return entryConstants.of(action) }
        let (sample, next, share) = Self.bracket(samples, time) { $0.requestTime }
        if sample.exchangeTime <= 0 || next.exchangeTime <= 0 { return nil }
        return interpolated(
            sample.exchangeTime - sample.requestTime, next.exchangeTime - next.requestTime, share)
    }

    /// Time until a refusal on the way is heard; ns.
    public func refusalDelay(at time: Int64) -> Int64 {
        guard !samples.isEmpty else { return 0 }
        let (sample, next, share) = Self.bracket(samples, time) { $0.requestTime }
        return interpolated(
            sample.responseTime - sample.requestTime, next.responseTime - next.requestTime, share)
    }

    /// Time from the venue's handling to hearing of it; ns. Fills count as answers to submissions.
    /// 0 where no recorded request arrived.
    public func response(_ action: Action, at time: Int64) -> Int64 {
        guard !arrived.isEmpty else { return responseConstants.of(action) }
        let (sample, next, share) = Self.bracket(arrived, time) { $0.exchangeTime }
        return interpolated(
            sample.responseTime - sample.exchangeTime, next.responseTime - next.exchangeTime, share)
    }

    private func interpolated(_ left: Int64, _ right: Int64, _ share: Double) -> Int64 {
        let value = Double(left) + share * Double(right - left)
        let bounded = Double.minimum(Double.maximum(value.rounded(.down), 0), 0x1p61)
        return Self.stretched(Int64(bounded), factor)
    }

    /// The samples around a time and how far it lies between them (0 to 1).
    private static func bracket(
        _ samples: [LatencySample], _ time: Int64, _ key: (LatencySample) -> Int64
    ) -> (LatencySample, LatencySample, Double) {
        var low = 0
        var high = samples.count
        while low < high {
            let middle = (low + high) / 2
            if key(samples[middle]) <= time { low = middle + 1 } else { high = middle }
        }
        let left = samples[max(0, low - 1)]
        guard low > 0, low < samples.count else { return (left, left, 0) }
        let right = samples[low]
        let span = key(right) - key(left)
        return (left, right, span > 0 ? Double(time - key(left)) / Double(span) : 0)
    }
}

// Topics that fell silent: when each is subscribed to again, and when a connection is given up.

public import MartletVenues

/// What is done about the silent topics of one link. Pure; times in ns of one clock.
///
/// A topic is subscribed to anew at once, then at growing distances for as long as it keeps
/// falling silent: an instrument that trades once a minute is no reason to bother the venue. Many
/// topics are asked for together.
public struct SilencePlans: Sendable {
    private struct Plan {
        /// Whether it is silent now.
        var isSilent = false
        /// Subscriptions sent anew since it was last at its pace for long.
        var attempts: Int64 = 0
        /// Those of them that brought no message.
        var fruitless: Int64 = 0
        /// The next attempt is not before.
        var nextAt: Int64 = 0
        /// The distance to the next attempt.
        var wait: Int64 = 0
        var bound: Int64 = 0
        var lastSilence: Int64 = 0
    }

    private var plans: [Topic: Plan] = [:]

    /// The longest distance between two attempts; ns.
    public static let waitMax: Int64 = 600_000_000_000
    /// Later attempts fall on multiples of this, so that they go out together; ns.
    public static let grid: Int64 = 30_000_000_000
    /// So many attempts without any message, and the connection itself is in doubt.
    public static let fruitlessMax: Int64 = 2

    /// Nothing is silent.
    public init() {}

    /// A topic was silent for longer than its bound.
    public mutating func fellSilent(_ topic: Topic, bound: Int64, at time: Int64) {
        var plan = plans[topic] ?? Plan()
        // It kept its pace for long enough to begin anew.
        if time - plan.lastSilence > 2 * plan.wait + 60_000_000_000 { plan = Plan() }
        plan.isSilent = true
        plan.bound = min(max(bound, 0), Self.waitMax)
        plan.lastSilence = time
        plans[topic] = plan
    }

    /// Topics that are watched because they were silent lately.
    public var watched: [Topic] { Array(plans.keys) }

    /// A topic brought a message after it was last asked for.
    public mutating func spoke(_ topic: Topic) {
        plans[topic]?.isSilent = false
        plans[topic]?.fruitless = 0
    }

    /// Only these topics are wanted.
    public mutating func keep(_ topics: [Topic]) {
        guard !plans.isEmpty else { return }
        let wanted = Set(topics)
        plans = plans.filter { wanted.contains($0.key) }
    }

    /// Whether some silent topic was asked for again and again in vain.
    public var isHopeless: Bool {
        plans.values.contains { $0.isSilent && $0.fruitless >= Self.fruitlessMax }
    }

    /// The connection is opened anew, which subscribes to everything.
    public mutating func reconnected() {
        for topic in plans.keys {
            plans[topic]?.isSilent = false
            plans[topic]?.fruitless = 0
        }
    }

    /// The topics of `order` to subscribe to anew now.
    public mutating func due(at time: Int64, order: [Topic]) -> [Topic] {
        guard plans.values.contains(where: { $0.isSilent && $0.nextAt <= time }) else { return [] }
        var result: [Topic] = []
        for topic in order {
            guard var plan = plans[topic], plan.isSilent, plan.nextAt <= time else { continue }
            // The new subscription's own silence comes back here.
            plan.isSilent = false
            plan.attempts += 1
            plan.fruitless += 1
            let doubled = plan.bound << min(plan.attempts - 1, 10)
            plan.wait = min(max(doubled, plan.bound), Self.waitMax)
            plan.nextAt = time + plan.wait
            if plan.attempts > 1 { plan.nextAt = (plan.nextAt / Self.grid + 1) * Self.grid }
            plans[topic] = plan
            result.append(topic)
        }
        return result
    }
}

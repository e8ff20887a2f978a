// Renewing a connection without a gap: the successor is up and synced before the old one goes.

import MartletVenues

extension LinkMachine {
    /// The venue says that it will end this connection: another one is opened now, or as soon as
    /// the last notice is long enough ago. A venue that tells every new connection the same is not
    /// followed in circles, and none of its words is lost.
    mutating func notice(_ socket: inout LinkSocket, isPrimary: Bool, _ time: Int64) {
        let due = max(time, lastRenewal.map { $0 + times.renewal } ?? time)
        if isPrimary {
            // A successor that is on its way is what the notice asks for.
            guard successor == nil, due < succeedAt ?? Int64.max else { return }
            succeedAt = due
        } else {
            guard due < socket.renewAt ?? Int64.max else { return }
            socket.renewAt = due
        }
        lastRenewal = due
    }

    mutating func succeedIfDue(
        _ time: Int64, _ budget: inout RateBudget, _ random: inout some RandomNumberGenerator,
        _ effects: inout [LinkEffect]
    ) {
        if let socket = successor, socket.phase == .ready,
            time - socket.openedAt >= times.sync, let old = primary
        {
            // It did not get there: the old one stays as long as it lives.
            disconnectCount += 1
            effects.append(.disconnected(socket.number, reason: "unsynced"))
            effects.append(.close(socket.number))
            successor = nil
            succeedAt = time + times.sync
            primary = old
            return
        }
        guard successor == nil, let primary, primary.isOpen else { return }
        if succeedAt == nil, let due = primary.renewAt, due <= time { succeedAt = time }
        guard let due = succeedAt, due <= time else { return }
        if let later = budget.take("connections", at: time) {
            succeedAt = later + Int64.random(in: 0...50_000_000, using: &random)
            return
        }
        succeedAt = nil
        successor = newSocket(time, &effects)
    }

    mutating func synced(_ number: Int, _ time: Int64, _ effects: inout [LinkEffect]) {
        guard let next = successor, next.number == number, next.phase == .ready else { return }
        if let old = primary {
            if let drained { effects.append(.close(drained.number)) }
            drained = (old.number, time + times.drain)
            effects.append(.retire(old.number))
        }
        primary = next
        successor = nil
        succeedAt = nil
        attempts = 0
        effects.append(.promote(number))
    }
}

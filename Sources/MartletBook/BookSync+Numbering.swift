// Which message follows which, venue by venue.

import MartletModel

extension BookSync {
    /// Whether the numbers are complete and do not contradict themselves.
    func isWellFormed(_ header: UpdateHeader) -> Bool {
        switch numbering {
        case .binanceSpot, .mexcSpot:
            return header.firstUpdate != nil && isRange(header)
        case .binanceFutures:
            guard let previous = header.previousUpdate, let last = header.lastUpdate else {
                return false
            }
            return header.firstUpdate != nil && isRange(header) && previous <= last
        case .bybit, .mexcFutures: return isRange(header)
        case .okx:
            guard let last = header.lastUpdate else {
                // A book whose version is known cannot be continued without a number.
                return header.previousUpdate == nil && !(hasSnapshot && hasVersion)
            }
            guard let previous = header.previousUpdate else { return false }
            return last >= 0 && last < Int64.max && previous >= -1
        case .none: return true
        case .wholeBooks: return false
        }
    }

    private func isRange(_ header: UpdateHeader) -> Bool {
        guard let last = header.lastUpdate else { return false }
        let first = header.firstUpdate ?? last
        return first >= 0 && first <= last && last < Int64.max
    }

    /// Whether the message comes right after what the book contains.
    func continues(_ header: UpdateHeader) -> Bool {
        guard numbering.isNumbered else {
            guard let time = header.exchangeTime, let last = lastExchangeTime else { return true }
            return time >= last
        }
        // A book of unknown version takes what comes, and follows the numbers from then on.
        guard hasVersion, let last = header.lastUpdate else { return true }
        switch numbering {
        case .binanceSpot:
            // Sizes are absolute, so a message that overlaps the book does no harm.
            return last > version && (header.firstUpdate ?? last) <= version + 1
        case .binanceFutures:
            if isJoined { return header.previousUpdate == version && last >= version }
            return last >= version
                && (header.previousUpdate == version || (header.firstUpdate ?? last) <= version)
        case .okx:
            if header.previousUpdate == version { return true }
            return !isJoined && last > version && (header.previousUpdate ?? last) <= version
        case .bybit: return last == version + 1
        case .mexcSpot, .mexcFutures:
            let first = header.firstUpdate ?? last
            return last > version && (isJoined ? first == version + 1 : first <= version + 1)
        case .wholeBooks, .none: return true
        }
    }

    /// Whether the numbers lie in what the book already contains. A futures message that ends
    /// exactly at the snapshot is not: it is the one to join with.
    func isOld(_ header: UpdateHeader) -> Bool {
        guard numbering.isNumbered, hasVersion, let last = header.lastUpdate else { return false }
        switch numbering {
        case .binanceFutures where !isJoined: return last < version
        default: return last <= version
        }
    }

    mutating func requestedSnapshot(_ lastUpdate: Int64?) -> SnapshotDecision {
        guard numbering.isNumbered, let lastUpdate, lastUpdate < Int64.max else { return .tooOld }
        if hasSnapshot, hasVersion, lastUpdate <= version { return .alreadyContained }
        if !hasSnapshot, let first = firstBuffered, !reaches(first, from: lastUpdate) {
            return .tooOld
        }
        let kept = bufferedCount
        forget()
        version = lastUpdate
        hasVersion = true
        hasSnapshot = true
        replaysLeft = kept
        phase = .syncing
        return .apply
    }

    /// A snapshot of the stream is followed by the change right after it, so it is live at once.
    mutating func streamedSnapshot(
        _ lastUpdate: Int64?, _ exchangeTime: Int64?
    ) -> SnapshotDecision {
        if hasSnapshot, isRepeated(lastUpdate, exchangeTime) {
            oldCount += 1
            return .alreadyContained
        }
        let crossed = crossedSince
        forget()
        crossedSince = crossed
        if let lastUpdate, lastUpdate < Int64.max {
            version = lastUpdate
            hasVersion = true
        }
        lastExchangeTime = exchangeTime
        hasSnapshot = true
        isJoined = true
        phase = .live
        return .replace
    }

    /// Whole books of an earlier time are late; Bybit repeats the top of a quiet book by number.
    private func isRepeated(_ lastUpdate: Int64?, _ exchangeTime: Int64?) -> Bool {
        switch numbering {
        case .wholeBooks:
            guard let exchangeTime, let last = lastExchangeTime else { return false }
            return exchangeTime < last
        case .bybit: return phase == .live && hasVersion && lastUpdate == version
        default: return false
        }
    }

    /// Whether a snapshot of update `last` is not too old to be joined with kept changes that begin
    /// with `first`.
    private func reaches(_ first: UpdateHeader, from last: Int64) -> Bool {
        let begin = first.firstUpdate ?? first.lastUpdate ?? last
        switch numbering {
        case .binanceFutures: return last >= begin || first.previousUpdate == last
        case .okx: return last >= first.previousUpdate ?? last
        default: return last >= begin - 1
        }
    }
}

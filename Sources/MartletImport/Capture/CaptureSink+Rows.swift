// The rows that messages become, and the words for what does not fit.

import MartletModel
import MartletStore
import MartletVenues

/// When a message happened at the exchange, and the flags that say how that is known.
struct MessageTime {
    var exchange: Int64
    var flags: EventFlags
}

extension CaptureSink {
    /// Whether a message of this symbol is wanted.
    @inline(__always)
    mutating func accepts(_ symbol: TextSlice) -> Bool {
        guard selection.matches(symbol) else {
            skipped.otherInstruments += 1
            return false
        }
        if let doubt {
            problem = doubt
            return false
        }
        return true
    }

    /// The matching engine's time, else the event time, else the latest exchange time heard so far:
    /// the receive time is of another clock, which may be seconds off. It serves where nothing was
    /// heard yet.
    @inline(__always)
    mutating func messageTime(_ transaction: Int64?, _ event: Int64?) -> MessageTime {
        var time: MessageTime
        if let transaction {
            time = MessageTime(exchange: transaction, flags: [])
        } else if let event {
            time = MessageTime(exchange: event, flags: .eventTime)
        } else {
            let latest = latestExchangeTime == Int64.min ? receiveTime : latestExchangeTime
            return MessageTime(exchange: latest, flags: .receiveTimeOnly)
        }
        if time.exchange < latestExchangeTime {
            time.flags.insert(.timeBackwards)
        } else {
            latestExchangeTime = time.exchange
        }
        if time.exchange > SegmentLayout.timeMax {
            problem = Failure(.integrity, "field T: the exchange time is beyond the year 2116")
        }
        return time
    }

    /// Refuses what a strict import refuses.
    @inline(__always)
    mutating func note(_ time: MessageTime, _ chain: EventFlags = []) {
        guard isStrict else { return }
        let flags = time.flags.union(chain)
        if !flags.isDisjoint(with: [.gap, .stale, .timeBackwards]) { refuseStrictly(flags) }
    }

    private mutating func refuseStrictly(_ flags: EventFlags) {
        let words =
            flags.contains(.gap)
            ? "updates are missing before this message (fields U, u, pu)"
            : flags.contains(.stale)
                ? "the message repeats updates already received (field u)"
                : "the exchange time is before that of an earlier message (field T)"
        problem = Failure(.integrity, words + "; without --strict it is imported and flagged")
    }

    @inline(__always)
    mutating func write(_ row: EventRow) {
        do throws(Failure) { try writer.append(row) } catch { problem = error }
    }

    /// Writes staged levels as the rows of one side or of a whole message.
    ///
    /// - Parameters:
    ///   - kind: Flags of every row.
    ///   - first: Further flags of the first row.
    ///   - endsHere: Whether the message ends with the last of these rows.
    @inline(__always)
    mutating func writeLevels(
        _ range: Range<Int>, _ time: MessageTime, sequence: Int64, _ kind: EventFlags,
        _ first: EventFlags, endsHere: Bool
    ) {
        if kind.isEmpty { note(time, first) }
        let common = time.flags.union(kind)
        var row = EventRow(
            kind: .level, side: .buy, flags: common, exchangeTime: time.exchange,
            receiveTime: receiveTime, price: 0, quantity: 0, sequence: sequence)
        if kind.isEmpty { row.flags = common.union(first).union(.messageStart) }
        do throws(Failure) {
            for index in range {
                let level = levels[index]
                crossing.set(
                    index < levels.bidCount, tick: level.price, lots: level.quantity)
                row.price = level.price
                row.quantity = level.quantity
                row.sideCode = index < levels.bidCount ? 1 : 2
                if endsHere, index + 1 == range.upperBound { row.flags.insert(.messageEnd) }
                try writer.append(row)
                row.flags = common
            }
        } catch { problem = error }
        if endsHere { crossing.endMessage() }
    }

    /// Writes the staged levels as a snapshot: for each side a clearing row, then its levels.
    mutating func writeSnapshot(_ time: MessageTime, sequence: Int64) {
        note(time)
        crossing.clear()
        let bids = 0..<levels.bidCount
        let asks = levels.bidCount..<levels.count
        writeClear(.buy, bids, time, sequence, [.messageStart, .snapshotStart])
        writeLevels(bids, time, sequence: sequence, .snapshot, [], endsHere: false)
        writeClear(.sell, asks, time, sequence, asks.isEmpty ? .messageEnd : [])
        writeLevels(asks, time, sequence: sequence, .snapshot, [], endsHere: true)
    }

    private mutating func writeClear(
        _ side: Side, _ range: Range<Int>, _ time: MessageTime, _ sequence: Int64,
        _ further: EventFlags
    ) {
        var flags = time.flags.union([.snapshot, .clear]).union(further)
        if range.isEmpty { flags.insert(.emptySide) }
        write(
            EventRow(
                kind: .level, side: side, flags: flags, exchangeTime: time.exchange,
                receiveTime: receiveTime, price: range.last.map { levels[$0].price } ?? 0,
                quantity: 0, sequence: sequence))
    }

    /// Writes up to three rows: mark price, index price, funding.
    ///
    /// The message's `T` is the next funding time; its own time is the event time.
    mutating func writeMarkPrice(_ message: BinanceMarkPrice) {
        let time = messageTime(nil, message.eventTime)
        note(time)
        var rows: [EventRow] = []
        func add(_ kind: EventKind, _ number: DecimalText?, scale: Int, quantity: Int64 = 0) -> Bool
        {
            guard let number else { return true }
            guard let value = number.value?.normalized.roundedMantissa(atScale: scale) else {
                return false
            }
            rows.append(
                EventRow(
                    kind: kind, side: nil, flags: time.flags, exchangeTime: time.exchange,
                    receiveTime: receiveTime, price: value, quantity: quantity, sequence: -1))
            return true
        }
        guard add(.markPrice, message.markPrice, scale: 8),
            add(.indexPrice, message.indexPrice, scale: 8),
            add(
                .funding, message.fundingRate, scale: 12, quantity: message.nextFundingTime ?? 0)
        else {
            problem = Failure(
                .integrity,
                "field p, i or r: a mark price, index price or rate of more digits than 64 bits hold; "
                    + "cut the line out")
            return
        }
        guard !rows.isEmpty else { return }
        rows[0].flags.insert(.messageStart)
        rows[rows.count - 1].flags.insert(.messageEnd)
        for row in rows { write(row) }
    }

    /// A level of a wanted message does not fit.
    mutating func refuseLevel() { problem = levelProblem() }

    /// Spot messages have no `pu`; their updates follow each other by another rule.
    mutating func refuseFutures() {
        problem = Failure(
            .integrity,
            "field pu: this is a message of a futures market; give --format binance-usdm-capture "
                + "or binance-coinm-capture")
    }

    func levelProblem() -> Failure? {
        guard let level = levels.rejected else { return nil }
        let side = level.side == .buy ? "bid" : "ask"
        if ticks.steps(level.price) == nil {
            return misfit("\(side) price", level.price, ticks, "tick")
        }
        return misfit("\(side) quantity", level.quantity, lots, "lot")
    }

    mutating func refuse(
        _ field: String, _ number: DecimalText, _ scale: StepScale, _ step: String
    ) {
        problem = misfit(field, number, scale, step)
    }

    private func misfit(
        _ field: String, _ number: DecimalText, _ scale: StepScale, _ step: String
    ) -> Failure {
        let text = String(number.text.prefix(60))
        if scale.steps(number) != nil {
            return Failure(
                .integrity, "field \(field): \(text) is negative; the capture is damaged")
        }
        let size = (step == "tick" ? spec.tickSize : spec.lotSize).description
        switch scale.problem(with: number) {
        case .offStep:
            return Failure(
                .integrity,
                "field \(field): \(text) is not a whole multiple of the \(step) size "
                    + "\(size); give the instrument's own with --\(step)")
        case .tooLarge:
            return Failure(
                .integrity,
                "field \(field): number too large: \(text) is more than 2^53 steps of "
                    + "\(step) size \(size); give the instrument's own with --\(step)")
        }
    }
}

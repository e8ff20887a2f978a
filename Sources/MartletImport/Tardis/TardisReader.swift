// Reads one Tardis table and hands out the messages of one instrument.

import MartletModel
import MartletStore
import MartletVenues

/// What is looked for in a table, and in what steps.
struct TardisSelection {
    /// The instrument's symbol as the table has it, upper case.
    let symbol: [UInt8]
    let tickSize: ExactDecimal
    let lotSize: ExactDecimal
    let acceptsTorn: Bool
}

/// Messages of one instrument from one table, in file order. Memory: the longest message.
final class TardisReader {
    /// Levels of one message; more is not a book.
    static let levelsMax = 1 << 20

    let path: String
    let columns: TardisColumns
    /// The message that ``next()`` found.
    private(set) var message = TardisMessage()
    /// The exchange of the instrument's rows; empty while none was met.
    private(set) var exchange = ""
    /// Lines read, the header included.
    var lines: Int64 { reader.lineNumber }
    /// Where the table was cut.
    var cut: CutTail? { reader.cut }
    /// Rows of other instruments.
    private(set) var otherRows: Int64 = 0
    /// Other instruments met, the first 20.
    private(set) var others: [String] = []

    private let reader: LineReader
    private let selection: TardisSelection
    private let ticks: StepScale
    private let lots: StepScale
    private var exchangeBytes: [UInt8] = []
    private var line = UnsafeRawBufferPointer(start: nil, count: 0)
    private var ends: [Int] = []
    /// Whether ``line`` is a row of the instrument that no message has taken yet.
    private var isHeld = false
    private var heldTime: Int64 = 0
    private var decimals = TableEnd()

    /// Opens a table and reads its header.
    init(_ path: String, _ selection: TardisSelection) throws(Failure) {
        self.path = path
        self.selection = selection
        ticks = StepScale(of: selection.tickSize)
        lots = StepScale(of: selection.lotSize)
        reader = try LineReader(path: path, acceptTorn: selection.acceptsTorn)
        guard let header = try reader.next() else {
            throw Failure(.integrity, "\(path): has no header line; fetch the file again")
        }
        let names = header.split(separator: 44, omittingEmptySubsequences: false)
            .prefix(4 * TardisColumns.levelsMax + 8).map { String(decoding: $0, as: UTF8.self) }
        columns = try TardisColumns(header: names, place: "\(path): line 1")
    }

    /// Moves to the next message; false at the end.
    func next() throws(Failure) -> Bool {
        if !isHeld, try !nextRow() { return false }
        message.clear()
        message.line = reader.lineNumber
        message.receiveTime = heldTime
        try begin()
        switch columns.kind {
        case .trades: try takeTrade()
        case .snapshots: try takeTopLevels()
        case .changes:
            let isSnapshot = try flag()
            message.content = isSnapshot ? .snapshot : .change
            let exchangeTime = message.exchangeTime
            repeat {
                try takeLevel()
                guard try nextRow(), heldTime == message.receiveTime, try flag() == isSnapshot
                else { break }
                try begin()
            } while message.exchangeTime == exchangeTime
            message.exchangeTime = exchangeTime
        }
        return true
    }

    // MARK: Rows

    /// Moves to the next row of the instrument; false at the end.
    private func nextRow() throws(Failure) -> Bool {
        isHeld = false
        while let bytes = try reader.next() {
            if bytes.isEmpty { continue }
            line = bytes
            split()
            guard ends.count == columns.count else {
                let words = "\(ends.count) fields where the header has \(columns.count)"
                if reader.isUnterminated {
                    try reader.cutLastLine(reason: "the last line is cut off (\(words))")
                    return false
                }
                throw failure("\(words); the line is damaged: fetch the file again")
            }
            guard decimals.admits(field(columns.count - 1), isLast: reader.isUnterminated) else {
                try reader.cutLastLine(reason: "the last line is cut off within its last field")
                return false
            }
            guard isWanted(field(columns.symbol)) else { continue }
            try checkExchange()
            heldTime = try time(columns.localTimestamp, "local_timestamp")
            isHeld = true
            return true
        }
        return false
    }

    private func split() {
        ends.removeAll(keepingCapacity: true)
        for index in line.indices where line[index] == 44 { ends.append(index) }
        ends.append(line.count)
    }

    private func field(_ column: Int) -> Slice<UnsafeRawBufferPointer> {
        line[(column == 0 ? 0 : ends[column - 1] + 1)..<ends[column]]
    }

    private func isWanted(_ symbol: Slice<UnsafeRawBufferPointer>) -> Bool {
        let isSame =
            symbol.count == selection.symbol.count
            && zip(symbol, selection.symbol).allSatisfy { byte, wanted in
                (byte >= 97 && byte <= 122 ? byte - 32 : byte) == wanted
            }
        if isSame { return true }
        otherRows += 1
        if others.count < 20 {
            let name = String(decoding: symbol, as: UTF8.self)
            if !others.contains(name) { others.append(name) }
        }
        return false
    }

    private func checkExchange() throws(Failure) {
        let found = field(columns.exchange)
        if found.elementsEqual(exchangeBytes), !exchange.isEmpty { return }
        let name = String(decoding: found, as: UTF8.self)
        guard exchange.isEmpty, !name.isEmpty else {
            throw failure(
                "field exchange: '\(name)' where the rows before have '\(exchange)'; "
                    + "import one exchange at a time")
        }
        exchange = name
        exchangeBytes = Array(found)
    }

    /// Reads the exchange time of the row into the message.
    private func begin() throws(Failure) {
        message.hasReceiveTimeOnly = field(columns.timestamp).isEmpty
        message.exchangeTime =
            message.hasReceiveTimeOnly ? heldTime : try time(columns.timestamp, "timestamp")
    }

    // MARK: Contents

    private func takeLevel() throws(Failure) {
        isHeld = false
        guard message.bids.count + message.asks.count < Self.levelsMax else {
            throw failure("more than \(Self.levelsMax) levels with one local_timestamp")
        }
        let level = TardisMessage.Level(
            price: try steps(columns.price, ticks, "price", "tick", selection.tickSize),
            quantity: try steps(columns.amount, lots, "amount", "lot", selection.lotSize))
        switch field(columns.side).first {
        case UInt8(ascii: "b") where isWord("bid"): message.bids.append(level)
        case UInt8(ascii: "a") where isWord("ask"): message.asks.append(level)
        default: throw failure("field side: '\(text(columns.side))' is neither bid nor ask")
        }
    }

    private func takeTrade() throws(Failure) {
        isHeld = false
        message.content = .trade
        message.asks.append(
            TardisMessage.Level(
                price: try steps(columns.price, ticks, "price", "tick", selection.tickSize),
                quantity: try steps(columns.amount, lots, "amount", "lot", selection.lotSize)))
        if isWord("buy") {
            message.aggressor = .buy
        } else if isWord("sell") {
            message.aggressor = .sell
        } else if !isWord("unknown") {
            throw failure("field side: '\(text(columns.side))' is none of buy, sell and unknown")
        }
        let id = field(columns.id)
        if let number = try? NumberText(id), number.scale == 0 {  // other ids are no numbers
            message.sequence = number.mantissa
        }
    }

    private func takeTopLevels() throws(Failure) {
        isHeld = false
        message.content = .snapshot
        for (side, levels) in [(Side.buy, columns.bids), (.sell, columns.asks)] {
            for level in levels {
                // A book with fewer levels than the table leaves its last fields empty.
                if field(level.price).isEmpty, field(level.amount).isEmpty { break }
                let found = TardisMessage.Level(
                    price: try steps(level.price, ticks, "price", "tick", selection.tickSize),
                    quantity: try steps(level.amount, lots, "amount", "lot", selection.lotSize))
                if side == .buy { message.bids.append(found) } else { message.asks.append(found) }
            }
        }
    }

    // MARK: Fields

    private func isWord(_ word: StaticString) -> Bool {
        field(columns.side).elementsEqual(
            UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount))
    }

    private func flag() throws(Failure) -> Bool {
        let value = text(columns.isSnapshot)
        guard value == "true" || value == "false" else {
            throw failure("field is_snapshot: '\(value)' is neither true nor false")
        }
        return value == "true"
    }

    /// A time in µs, as ns.
    private func time(_ column: Int, _ name: String) throws(Failure) -> Int64 {
        var value: Int64 = 0
        let bytes = field(column)
        guard !bytes.isEmpty, bytes.count <= 16, bytes.allSatisfy({ $0 >= 48 && $0 <= 57 }) else {
            throw failure("field \(name): '\(text(column))' is not a time in µs since 1970")
        }
        for byte in bytes { value = value * 10 + Int64(byte - 48) }
        guard value <= SegmentLayout.timeMax / 1000 else {
            throw failure("field \(name): \(value) µs is beyond the year 2116")
        }
        return value * 1000
    }

    private func steps(
        _ column: Int, _ scale: StepScale, _ name: String, _ step: String, _ size: ExactDecimal
    ) throws(Failure) -> Int64 {
        let bytes = field(column)
        let number: NumberText
        do throws(NumberText.Problem) { number = try NumberText(bytes) } catch {
            throw failure(
                "field \(name): '\(text(column))' "
                    + (error == .notANumber
                        ? "is not a plain decimal number" : "has too many digits to be exact"))
        }
        let value = number.steps(of: scale)
        guard let value else {
            let isMultiple = number.decimal.wholeSteps(of: size) != nil
            throw failure(
                "field \(name): "
                    + (isMultiple
                        ? "number too large: \(text(column)) is more than 2^53 steps of "
                        : "\(text(column)) is not a whole multiple of ")
                    + "the \(step) size \(size); give the instrument's own with --\(step)")
        }
        guard value >= 0 else { throw failure("field \(name): \(text(column)) is below 0") }
        return value
    }

    private func text(_ column: Int) -> String { BarAccumulator.text(field(column)) }

    private func failure(_ words: String) -> Failure { reader.failure(words) }
}

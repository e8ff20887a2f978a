// What one message says, normalized: filled by a codec, read by whoever keeps books or writes lines.

/// The events of one message in the order of the message, with their levels and the texts that had
/// to be made (a number written with an exponent, a name put together).
///
/// Reused from message to message: ``removeAll()`` before each. Texts point into the message or
/// into the batch; both must stay as they are while the batch is read.
public struct EventBatch: ~Copyable {
    /// The events, in order.
    public var events: GrowingBuffer<MarketEvent>
    /// The levels of all book events; each event has its ranges.
    public var levels: GrowingBuffer<BookLevel>
    /// What ``MarketEvent/instrument(_:)`` points at.
    public var instruments: GrowingBuffer<InstrumentEvent>
    /// What ``MarketEvent/order(_:)`` points at.
    public var orders: GrowingBuffer<OrderEvent>
    /// What ``MarketEvent/position(_:)`` points at.
    public var positions: GrowingBuffer<PositionEvent>
    /// What tickers say, of messages that may leave out what has not changed.
    public var tickers: GrowingBuffer<TickerChange>
    /// What a control message says; nil unless the message is one, or has a part that is one.
    public var control: ControlMessage?
    /// Of a message with several such parts: what those before ``control`` say, in order.
    public private(set) var earlierControls: [ControlMessage] = []
    /// In words, which kind of message this is, where it is unknown or of a dead generation.
    public var note: String?
    /// Where the next page of an answer begins, in the venue's words; nil at the last page.
    /// ``VenueAdapter/nextPage(of:from:)`` makes the request of it.
    public var nextPage: TextSlice?

    private var texts: TextArena

    /// An empty batch with room for an ordinary message.
    public init() {
        events = GrowingBuffer(capacity: 64)
        levels = GrowingBuffer(capacity: 2048)
        instruments = GrowingBuffer(capacity: 1)
        orders = GrowingBuffer(capacity: 1)
        positions = GrowingBuffer(capacity: 1)
        tickers = GrowingBuffer(capacity: 1)
        texts = TextArena()
    }

    /// Forgets the message; the memory stays.
    public mutating func removeAll() {
        events.removeAll()
        levels.removeAll()
        instruments.removeAll()
        orders.removeAll()
        positions.removeAll()
        tickers.removeAll()
        control = nil
        if !earlierControls.isEmpty { earlierControls = [] }
        note = nil
        nextPage = nil
        texts.removeAll()
    }

    /// Adds what one part of several says.
    mutating func add(_ message: ControlMessage) {
        if let control { earlierControls.append(control) }
        control = message
    }

    /// Forgets the events, but no text.
    mutating func forgetEvents() {
        events.removeAll()
        levels.removeAll()
        instruments.removeAll()
        orders.removeAll()
        positions.removeAll()
        tickers.removeAll()
    }

    /// Keeps the text with its ASCII letters in upper case.
    mutating func keepUppercased(_ text: TextSlice) -> TextSlice { texts.keepUppercased(text) }

    /// Keeps a text that does not stand in the message, as long as the batch keeps the message.
    public mutating func keep(_ text: String) -> TextSlice {
        var text = text
        return text.withUTF8 { texts.keep($0) }
    }

    /// Memory for at least `room` bytes of text to be made, kept as far as it is then handed to
    /// ``keep(written:)``.
    public mutating func reserve(_ room: Int) -> UnsafeMutablePointer<UInt8> { texts.reserve(room) }

    /// Keeps the next `count` bytes (UTF-8, no escapes) of the memory that was reserved.
    public mutating func keep(written count: Int) -> TextSlice { texts.keep(written: count) }

    /// Keeps bytes (UTF-8, no escapes) that do not stand in the message.
    public mutating func keep(_ bytes: [UInt8]) -> TextSlice {
        bytes.withUnsafeBufferPointer { texts.keep($0) }
    }
}

/// Memory for made texts. Blocks never move, so slices stay valid until ``removeAll()``.
struct TextArena: ~Copyable {
    private var blocks: [UnsafeMutablePointer<UInt8>] = []
    private var used = 0
    private var size = 0

    deinit { for block in blocks { block.deallocate() } }

    mutating func removeAll() {
        while blocks.count > 1 { blocks.removeLast().deallocate() }
        used = 0
        size = blocks.isEmpty ? 0 : Self.blockSize
    }

    private static let blockSize = 65_536

    mutating func keep(_ bytes: UnsafeBufferPointer<UInt8>) -> TextSlice {
        if blocks.isEmpty || size - used < bytes.count { addBlock(atLeast: bytes.count) }
        let block = blocks[blocks.count - 1]
        let place = block + used
        for index in 0..<bytes.count { place[index] = bytes[index] }
        used += bytes.count
        return TextSlice(start: UnsafePointer(place), count: bytes.count, hasEscapes: false)
    }

    mutating func reserve(_ room: Int) -> UnsafeMutablePointer<UInt8> {
        if blocks.isEmpty || size - used < room { addBlock(atLeast: room) }
        return blocks[blocks.count - 1] + used
    }

    mutating func keep(written count: Int) -> TextSlice {
        precondition(count >= 0 && count <= size - used, "more was written than there is room for")
        let place = blocks[blocks.count - 1] + used
        used += count
        return TextSlice(start: UnsafePointer(place), count: count, hasEscapes: false)
    }

    mutating func keepUppercased(_ text: TextSlice) -> TextSlice {
        if blocks.isEmpty || size - used < text.count { addBlock(atLeast: text.count) }
        let place = blocks[blocks.count - 1] + used
        for index in 0..<text.count {
            let byte = text.start[index]
            place[index] = byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z") ? byte - 32 : byte
        }
        used += text.count
        return TextSlice(
            start: UnsafePointer(place), count: text.count, hasEscapes: text.hasEscapes)
    }

    /// The first block always has the usual size, because it is the one that is kept.
    private mutating func addBlock(atLeast count: Int) {
        if blocks.isEmpty { blocks.append(.allocate(capacity: Self.blockSize)) }
        size = max(count, Self.blockSize)
        if blocks.count > 1 || used > 0 || count > Self.blockSize {
            blocks.append(.allocate(capacity: size))
        }
        used = 0
    }
}

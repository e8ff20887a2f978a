// Where the rules of the instrument to import come from: flags, an instrument list, the capture.

import MartletModel
import MartletStore
import MartletVenues

/// Finds tick, lot and everything else that an import has to know beforehand.
struct InstrumentRules {
    private let options: CaptureImportOptions
    private let symbol: String

    init(_ options: CaptureImportOptions) {
        self.options = options
        symbol = options.symbol.uppercased()
    }

    /// The rules: those of an instrument list, with tick and lot as given.
    func find() throws(Failure) -> InstrumentSpec {
        guard !symbol.isEmpty else {
            throw Failure(.usage, "--instrument is empty; name a symbol such as ETHUSDT")
        }
        try check(options.tickSize, "tick")
        try check(options.lotSize, "lot")
        var listed: InstrumentSpec?
        if let path = options.instrumentList {
            listed = try list(inFile: path)
        } else if options.tickSize == nil || options.lotSize == nil {
            listed = try listInCaptures()
        }
        guard let tickSize = options.tickSize ?? listed?.tickSize,
            let lotSize = options.lotSize ?? listed?.lotSize
        else {
            throw Failure(
                .usage,
                "tick and lot of \(symbol) are not known: the captures hold no instrument "
                    + "list (exchangeInfo); give --tick and --lot")
        }
        guard let listed else {
            return AssetNames.spec(
                options.product, symbol: symbol, tickSize: tickSize, lotSize: lotSize)
        }
        return InstrumentSpec(
            id: listed.id, kind: listed.kind, tickSize: tickSize, lotSize: lotSize,
            minimumQuantity: lotSize.isEqual(to: listed.lotSize)
                ? listed.minimumQuantity : Quantity(lots: 1),
            minimumNotional: listed.minimumNotional, multiplier: listed.multiplier,
            quantityUnit: listed.quantityUnit, baseAsset: listed.baseAsset,
            quoteAsset: listed.quoteAsset)
    }

    private func check(_ size: ExactDecimal?, _ name: String) throws(Failure) {
        guard let size, size.mantissa <= 0 else { return }
        throw Failure(
            .usage, "--\(name) \(size) is not above 0; give the instrument's \(name) size")
    }

    private func list(inFile path: String) throws(Failure) -> InstrumentSpec? {
        let bytes = try bytes(of: path)
        var sink = InstrumentListSink(symbol)
        let problem = bytes.withUnsafeBufferPointer { buffer -> DecodingFailure? in
            do throws(DecodingFailure) {
                try BinanceDecoder(options.product).decode(buffer, into: &sink)
                return nil
            } catch { return error }
        }
        if let problem {
            throw Failure(
                .integrity, "\(path): \(problem); expected the venue's answer to exchangeInfo")
        }
        guard let spec = sink.found?.spec else {
            throw Failure(
                .notFound,
                "\(path): no usable rules of \(symbol) among \(sink.count) instruments; "
                    + "check --instrument, or give --tick and --lot")
        }
        return spec
    }

    /// An instrument list of some megabytes, all in memory.
    private func bytes(of path: String) throws(Failure) -> [UInt8] {
        let reader = try ByteReader(path: path)
        var bytes: [UInt8] = []
        while let piece = try reader.next() {
            bytes.append(contentsOf: piece)
            guard bytes.count <= 32 << 20 else {
                throw Failure(
                    .integrity,
                    "\(path): is larger than 32 MiB; expected the venue's answer to "
                        + "exchangeInfo")
            }
        }
        return bytes
    }

    /// Looks through the captures for an instrument list, and stops at the first that has the
    /// instrument.
    private func listInCaptures() throws(Failure) -> InstrumentSpec? {
        var sink = InstrumentListSink(symbol)
        let decoder = BinanceDecoder(options.product)
        for path in options.sources {
            let reader = try CaptureReader(path: path, acceptTorn: true)
            while let line = try reader.next() {
                guard line.content == .message, sink.mayHoldList(line.payload) else { continue }
                let bytes = UnsafeBufferPointer(
                    start: line.payload.baseAddress?.assumingMemoryBound(to: UInt8.self),
                    count: line.payload.count)
                do throws(DecodingFailure) { try decoder.decode(bytes, into: &sink) } catch {
                    // The import itself reports a damaged line, with its number.
                    continue
                }
                if let spec = sink.found?.spec { return spec }
            }
        }
        return nil
    }
}

/// Picks one instrument out of instrument lists.
private struct InstrumentListSink: BinanceSink {
    private let symbol: String
    /// The instrument, once met.
    private(set) var found: BinanceInstrument?
    /// How many instruments were met.
    private(set) var count = 0

    init(_ symbol: String) { self.symbol = symbol }

    mutating func startMessage() {}

    mutating func level(_ side: Side, price: DecimalText, quantity: DecimalText) {}

    mutating func instrument(_ rules: BinanceInstrument) {
        count += 1
        if rules.symbol.uppercased() == symbol { found = rules }
    }

    /// Whether a payload may be an instrument list: only a glance at its first bytes, since most
    /// messages start with their stream or kind.
    func mayHoldList(_ payload: UnsafeRawBufferPointer) -> Bool {
        let head = payload.prefix(12)
        return !head.starts(with: Array("{\"stream\"".utf8))
            && !head.starts(with: Array("{\"e\"".utf8))
    }
}

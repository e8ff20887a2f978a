// Sidecars in: strict, and every complaint names the file and the key.

import FoundationEssentials
public import MartletModel

extension SegmentSidecar {
    /// The largest sidecar that is read: 16 MiB.
    static let fileSizeMax = 16 << 20

    /// Reads the sidecar at `path`.
    ///
    /// - Throws: ``FailureKind/notFound`` where there is none; ``FailureKind/integrity`` naming the
    ///   key where it is not a sidecar of this version.
    public init(path: String) throws(Failure) {
        let file = try InputFile(path: path)
        guard file.size > 0, file.size <= Self.fileSizeMax else {
            throw Failure(
                .integrity, "\(path): has \(file.size) bytes, which no sidecar has; import again")
        }
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: file.size, alignment: 8)
        defer { bytes.deallocate() }
        guard try file.read(into: bytes, at: 0) else {
            throw Failure(.integrity, "\(path): became shorter while it was read; try again")
        }
        try self.init(bytes: UnsafeRawBufferPointer(bytes), name: path)
    }

    /// Reads a sidecar from its bytes; `name` is the file, for messages.
    public init(bytes: UnsafeRawBufferPointer, name: String) throws(Failure) {
        let wire: SidecarWire
        do {
            let decoder = JSONDecoder()
            let schema = try decoder.decode(SchemaWire.self, from: Data(bytes)).schema
            guard schema == SegmentLayout.schema else {
                throw Failure(
                    .integrity,
                    "\(name): key schema is \"\(schema)\", this version reads "
                        + "\"\(SegmentLayout.schema)\"; import again")
            }
            wire = try decoder.decode(SidecarWire.self, from: Data(bytes))
        } catch let failure as Failure {
            throw failure
        } catch let problem as DecodingError {
            throw Failure(.integrity, "\(name): \(Self.words(for: problem)); import again")
        } catch {
            throw Failure(.integrity, "\(name): is not a segment's sidecar; import again")
        }
        try self.init(wire: wire, name: name)
    }

    private static func words(for problem: DecodingError) -> String {
        func key(_ path: [any CodingKey], _ last: String? = nil) -> String {
            let names = path.map { $0.stringValue } + (last.map { [$0] } ?? [])
            return names.isEmpty ? "the top level" : "key " + names.joined(separator: ".")
        }
        switch problem {
        case .keyNotFound(let missing, let context):
            return "\(key(context.codingPath, missing.stringValue)) is missing"
        case .typeMismatch(_, let context):
            return "\(key(context.codingPath)) has the wrong type"
        case .valueNotFound(_, let context):
            return "\(key(context.codingPath)) is null"
        case .dataCorrupted(let context):
            if context.codingPath.isEmpty { return "is not JSON" }
            return "\(key(context.codingPath)) has a value that is not possible"
        @unknown default: return "is not a segment's sidecar"
        }
    }
}

private struct SchemaWire: Decodable {
    var schema: String
}

/// A whole number, whose failures name its key: those of `Int64` itself do not.
struct Whole: Decodable {
    var value: Int64

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        do {
            value = try container.decode(Int64.self)
        } catch let problem as DecodingError {
            throw problem
        } catch {
            // The decoder's own error for numbers that do not fit has no key in it.
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "not whole, or too large")
        }
    }
}

/// The sidecar as its JSON has it.
struct SidecarWire: Decodable {
    struct Instrument: Decodable {
        var venue, symbol, kind, tickSize, lotSize, minimumQuantity, minimumNotional: String
        var multiplier, quantityUnit, baseAsset, quoteAsset: String
    }
    struct Source: Decodable {
        var path, sha256: String
        var bytes, lines: Whole
    }
    struct Clock: Decodable {
        var rule: String
        var offsetMin, offsetMinKept, offsetMedian, offsetMax: Whole?
        var shift, shiftKept: Whole
    }
    struct Cut: Decodable {
        var lastGoodLine, byteOffset: Whole
        var reason: String
    }
    struct Quality: Decodable {
        var gaps, stale, timesBackwards: Whole
        var crossed: Whole?
        var cutTail: Cut?
    }
    struct Order: Decodable {
        var exchangeDisplacementMax: Whole
    }
    var instrument: Instrument
    var rows, messages: Whole
    var rowsByKind: [String: Whole]
    var firstReceiveTime, lastReceiveTime, minExchangeTime, maxExchangeTime: Whole?
    var minPrice, maxPrice: Whole?
    var sources: [Source]
    var clock: Clock
    var quality: Quality
    var order: Order
    var rowsSha256, martlet: String
}

extension SegmentSidecar {
    fileprivate init(wire: SidecarWire, name: String) throws(Failure) {
        guard wire.clock.rule == Self.clockRule else {
            throw Failure(
                .integrity,
                "\(name): key clock.rule is \"\(wire.clock.rule)\", this version knows "
                    + "\"\(Self.clockRule)\" only; import again")
        }
        var counts = SegmentStatistics()
        counts.rows = wire.rows.value
        counts.messages = wire.messages.value
        for kind in EventKind.allCases {
            counts.rowsByKind[Int(kind.rawValue)] = wire.rowsByKind[kind.name]?.value ?? 0
        }
        guard counts.rows >= 0,
            wire.rowsByKind.values.allSatisfy({ $0.value >= 0 && $0.value <= counts.rows }),
            wire.rowsByKind.count <= EventKind.allCases.count,
            counts.rowsByKind.reduce(0, &+) == counts.rows
        else {
            throw Failure(
                .integrity, "\(name): key rowsByKind does not add up to rows; import again")
        }
        counts.firstReceiveTime = wire.firstReceiveTime?.value
        counts.lastReceiveTime = wire.lastReceiveTime?.value
        counts.minExchangeTime = wire.minExchangeTime?.value
        counts.maxExchangeTime = wire.maxExchangeTime?.value
        counts.minPrice = wire.minPrice?.value
        counts.maxPrice = wire.maxPrice?.value
        counts.offsetMin = wire.clock.offsetMin?.value
        counts.offsetMinKept = wire.clock.offsetMinKept?.value
        counts.offsetMedian = wire.clock.offsetMedian?.value
        counts.offsetMax = wire.clock.offsetMax?.value
        counts.gaps = wire.quality.gaps.value
        counts.stale = wire.quality.stale.value
        counts.timesBackwards = wire.quality.timesBackwards.value
        counts.exchangeDisplacementMax = wire.order.exchangeDisplacementMax.value
        counts.rowsSHA256 = wire.rowsSha256
        let limits = -SegmentLayout.timeMax...SegmentLayout.timeMax
        let offsets = [counts.offsetMin, counts.offsetMinKept, counts.offsetMax]
        guard offsets.allSatisfy({ $0.map(limits.contains) ?? true }) else {
            throw Failure(
                .integrity, "\(name): key clock has an offset of centuries; import again")
        }
        guard wire.clock.shift.value == Self.shift(for: counts.offsetMin),
            wire.clock.shiftKept.value == Self.shift(for: counts.offsetMinKept)
        else {
            throw Failure(
                .integrity,
                "\(name): key clock.shift is not what rule \(Self.clockRule) makes of the offsets "
                    + "beside it; import again")
        }
        self.init(
            instrument: try wire.instrument.checked(name), statistics: counts,
            sources: wire.sources.map {
                Source(
                    path: $0.path, sha256: $0.sha256, bytes: $0.bytes.value, lines: $0.lines.value)
            },
            crossed: wire.quality.crossed?.value,
            cut: wire.quality.cutTail.map {
                CutTail(
                    lastGoodLine: $0.lastGoodLine.value, byteOffset: $0.byteOffset.value,
                    reason: $0.reason)
            }, martletVersion: wire.martlet)
    }
}

extension SidecarWire.Instrument {
    fileprivate func checked(_ name: String) throws(Failure) -> InstrumentSpec {
        func wrong(_ key: String, _ value: String) -> Failure {
            Failure(
                .integrity,
                "\(name): key instrument.\(key) is \"\(value)\", which is not possible; import again"
            )
        }
        func positive(_ key: String, _ text: String) throws(Failure) -> ExactDecimal {
            guard let value = ExactDecimal(text), value.mantissa > 0 else { throw wrong(key, text) }
            return value
        }
        guard let kind = ContractKind(rawValue: kind) else { throw wrong("kind", self.kind) }
        guard let unit = QuantityUnit(rawValue: quantityUnit) else {
            throw wrong("quantityUnit", quantityUnit)
        }
        let tick = try positive("tickSize", tickSize)
        let lot = try positive("lotSize", lotSize)
        guard let minimum = ExactDecimal(minimumQuantity)?.wholeSteps(of: lot), minimum >= 1 else {
            throw wrong("minimumQuantity", minimumQuantity)
        }
        guard let notional = ExactDecimal(minimumNotional), notional.mantissa >= 0 else {
            throw wrong("minimumNotional", minimumNotional)
        }
        return InstrumentSpec(
            id: InstrumentID(venue: VenueID(venue), symbol: symbol), kind: kind, tickSize: tick,
            lotSize: lot, minimumQuantity: Quantity(lots: minimum), minimumNotional: notional,
            multiplier: try positive("multiplier", multiplier), quantityUnit: unit,
            baseAsset: Asset(baseAsset), quoteAsset: Asset(quoteAsset))
    }
}

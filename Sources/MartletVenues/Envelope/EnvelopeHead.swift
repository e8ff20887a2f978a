// The fields that all envelopes have, checked, and where their data stand.

import MartletModel

/// A line's fields besides its data.
struct EnvelopeHead {
    private static let names: [StaticString] = [
        "v", "type", "venue", "instrument", "channel", "exchangeTime", "receiveTime", "connection",
        "sequence", "data",
    ]
    static let channelPlace = 4

    let fields: EnvelopeFields
    let type: EnvelopeType
    let channel: FeedChannel?
    let header: EventHeader
    let context: EnvelopeContext

    /// Checks the line and everything but the data's meaning.
    init(_ line: UnsafeBufferPointer<UInt8>) throws(EnvelopeFailure) {
        var scanner = try Self.scanner(of: line)
        fields = try EnvelopeFields(
            &scanner, Self.names, optionalFrom: Self.names.count, prefix: "")
        do throws(DecodingFailure) { try scanner.finish() } catch {
            throw EnvelopeFailure("", error.code.words, at: error.offset)
        }
        guard try fields.integer(0) == EnvelopeWriter.version else {
            throw fields.failure(
                0, "is not \(EnvelopeWriter.version), the version that is read here")
        }
        type = try fields.present(1, fields.word(1, EnvelopeType.self))
        let name = try fields.present(2, fields.text(2)).string
        guard let venue = VenueID.all.first(where: { $0.name == name }) else {
            throw fields.failure(2, "is no venue's full id")
        }
        channel = try fields.word(Self.channelPlace, FeedChannel.self)
        header = EventHeader(
            instrument: try fields.text(3), exchangeTime: try fields.natural(5))
        let connection = try fields.present(7, fields.natural(7))
        guard connection > 0 else { throw fields.failure(7, "is not above 0") }
        context = EnvelopeContext(
            venue: venue, connection: connection,
            sequence: try fields.present(8, fields.natural(8)),
            receiveTime: try fields.present(6, fields.natural(6)))
    }

    private static func scanner(
        of line: UnsafeBufferPointer<UInt8>
    ) throws(EnvelopeFailure) -> JSONScanner {
        do throws(DecodingFailure) { return try JSONScanner(line) } catch {
            throw EnvelopeFailure("", "the line is empty", at: 0)
        }
    }

    /// The members of `data`; those from `optionalFrom` on may be missing.
    func data(
        _ names: [StaticString], optionalFrom: Int? = nil
    ) throws(EnvelopeFailure) -> EnvelopeFields {
        guard var cursor = fields.cursor(9) else { throw fields.failure(9, "is null") }
        return try EnvelopeFields(
            &cursor, names, optionalFrom: optionalFrom ?? names.count, prefix: "data.")
    }
}

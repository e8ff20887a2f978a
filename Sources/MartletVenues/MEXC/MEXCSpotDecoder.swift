// MEXC spot's messages: protobuf pushes in binary frames, JSON for everything else.

import MartletModel

/// Reads MEXC spot's messages into a batch. Source: the venue's documentation of spot version 3 and
/// the published protobuf schema.
public struct MEXCSpotDecoder: VenueDecoder {
    /// A decoder of the spot market.
    public init() {}

    /// Reads one message.
    public mutating func decode(
        _ frame: Frame, into batch: inout EventBatch
    ) throws(DecodingFailure) -> FrameKind {
        batch.removeAll()
        let first = frame.bytes.first ?? 0
        // Answers come as text; a push that was recorded without its kind starts with a tag.
        let isText = first == UInt8(ascii: "{") || first == UInt8(ascii: "[") || first == 0x20
        guard frame.isBinary || !isText else {
            return try MEXCSpotReader(frame, &batch).read(frame.bytes, into: &batch)
        }
        if isText {
            // A text that was recorded as binary; else it is a push that starts with an odd field.
            do throws(DecodingFailure) { return try text(frame, &batch) } catch {}
        }
        batch.removeAll()
        var push = MEXCSpotPush(frame, &batch)
        return try push.read(frame.bytes, into: &batch)
    }

    private func text(
        _ frame: Frame, _ batch: inout EventBatch
    ) throws(DecodingFailure) -> FrameKind {
        try MEXCSpotReader(frame, &batch).read(frame.bytes, into: &batch)
    }
}

/// What all bodies of a push need to know of its wrapper.
struct MEXCSpotWrapper {
    var channel: TextSlice?
    var symbol: TextSlice?
    var createTime: Int64?
    var sendTime: Int64?

    /// When the message was made, else when it was sent.
    var time: Int64? { createTime ?? sendTime }

    /// A part of the channel's name between its `@`, counted from 0; nil where there is none.
    func part(_ index: Int) -> TextSlice? {
        guard let channel else { return nil }
        var number = 0
        var start = 0
        for place in 0...channel.count
        where place == channel.count || channel.start[place] == UInt8(ascii: "@") {
            if number == index {
                return place == start
                    ? nil
                    : TextSlice(
                        start: channel.start + start, count: place - start, hasEscapes: false)
            }
            number += 1
            start = place + 1
        }
        return nil
    }

    /// The instrument: the wrapper's own, else the one in the channel's name.
    var instrument: TextSlice? {
        if let symbol, !symbol.isEmpty { return symbol }
        guard let third = part(2) else { return nil }
        return third.equals("10ms") || third.equals("100ms") ? part(3) : third
    }

    /// How many levels a side a `limit.depth` channel has; nil for other channels.
    var depth: Int? { part(3).flatMap { Int($0.string) } }
}

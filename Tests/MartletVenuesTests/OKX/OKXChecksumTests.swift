// OKX's checksums: computed ones, and those of a recording.

import MartletModel
import MartletTesting
import MartletVenues
import Testing

@Suite("OKX checksums")
struct OKXChecksumTests {
    private typealias Level = (price: String, size: String)

    @Test("is the CRC-32 of the levels, side by side, a shorter side left out")
    func vectors() {
        let bids: [Level] = [("3366.1", "7"), ("3366", "6")]
        let asks: [Level] = [("3366.8", "9"), ("3368", "8")]
        #expect(OKXChecksum.value(bids: bids, asks: asks) == -1_881_014_294)
        let more: [Level] = [("3366.8", "9"), ("3368", "8"), ("3372", "8")]
        #expect(OKXChecksum.value(bids: bids.prefix(1), asks: more) == 831_078_360)
        let deep: [Level] = [("8476.97", "256"), ("8475.55", "101"), ("8475.54", "100")]
        let thin: [Level] = [("8476.98", "415"), ("8477", "7")]
        #expect(OKXChecksum.value(bids: deep, asks: thin) == -1_404_728_636)
    }

    @Test("every checksum of the recorded books is that of the book we keep")
    func recorded() throws {
        var decoder = OKXDecoder()
        var batch = EventBatch()
        var book = OKXChecksumBook()
        var checked = 0
        for message in try ShippedMessages("okx").messages
        where String(decoding: message, as: UTF8.self).contains("\"books\",\"instId\":\"BTC-USDT\"")
        {
            try message.withUnsafeBufferPointer { bytes in
                _ = try decoder.decode(Frame(bytes), into: &batch)
                guard batch.events.count == 1, case .book(let event) = batch.events[0] else {
                    return
                }
                let computed = book.apply(event, batch.levels.values)
                checked += 1
                #expect(computed == event.checksum)
            }
        }
        #expect(checked == 98)
    }
}

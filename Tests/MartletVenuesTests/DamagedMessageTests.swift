// Damaged messages of Bybit and Alpaca are refused or understood otherwise, and never trap.

import MartletModel
import MartletVenues
import Testing

@Suite("Damaged messages of Bybit and Alpaca")
struct DamagedMessageTests {
    private struct Case: Sendable {
        let message: [UInt8]
        let request: String?
        let venue: VenueID
    }

    private static let cases: [Case] = {
        let bybit =
            BybitDecoderTests.market + BybitDecoderTests.controls + BybitAnswerRows.rows
        let alpaca =
            AlpacaDecoderTests.messages + AlpacaDecoderTests.controls
            + AlpacaAnswerRows.rows
        return bybit.map {
            Case(message: Array($0.message.utf8), request: $0.request, venue: .bybitLinear)
        }
            + alpaca.map {
                Case(message: Array($0.message.utf8), request: $0.request, venue: .alpacaCrypto)
            }
    }()

    private func decode(_ message: [UInt8], _ sample: Case) -> DecodedText? {
        guard let adapter = VenueCatalog.adapter(for: sample.venue) else { return nil }
        return DecodedText(message, adapter.makeDecoder(), request: sample.request)
    }

    @Test("no prefix of a message is a message")
    func truncation() {
        for sample in Self.cases where sample.message.count > 1 {
            for count in 1..<sample.message.count where count % 7 != 3 {
                let result = decode(Array(sample.message.prefix(count)), sample)
                #expect(result?.kind.hasPrefix("failure") == true)
            }
        }
    }

    @Test("changed bytes never trap", arguments: UInt64(0)..<40)
    func mutation(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let letters = Array(#"0123456789-+.eE"[]{},:\ ntfBSu"#.utf8) + [0, 0x80, 0xFF]
        for sample in Self.cases {
            var message = sample.message
            for _ in 0..<Int(random.next() % 4 + 1) {
                let place = Int(random.next() % UInt64(message.count))
                switch random.next() % 3 {
                case 0: message[place] = letters[Int(random.next() % UInt64(letters.count))]
                case 1: message.remove(at: place)
                default:
                    let letter = letters[Int(random.next() % UInt64(letters.count))]
                    message.insert(letter, at: place)
                }
                if message.isEmpty { break }
            }
            let kind = decode(message, sample)?.kind ?? ""
            #expect(!kind.isEmpty)
        }
    }
}

// Recorded messages that are shipped with the tests, and the same with random damage.

import Foundation
import MartletModel
import MartletTesting
import MartletVenues

/// Messages of one venue under `Tests/Data`.
struct ShippedMessages {
    /// Every message that the venue sent or answered, as its bytes stand in the files.
    let messages: [[UInt8]]

    /// All messages in the folder `Tests/Data/<venue>`.
    init(_ venue: String) throws {
        let folder = URL(fileURLWithPath: TestData.packageRoot + "/Tests/Data/" + venue)
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        var found: [[UInt8]] = []
        for name in files where !name.hasSuffix(".md") {
            let text = try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
            for line in text.split(separator: "\n") {
                if name.hasSuffix(".capture") {
                    found.append(Array(line.utf8.drop { $0 != 0x20 }.dropFirst()))
                } else {
                    found += Self.parts(of: Array(line.utf8))
                }
            }
        }
        messages = found
    }

    /// What stands under `message`, `response` or `body` in a line of a collection.
    private static func parts(of line: [UInt8]) -> [[UInt8]] {
        var found: [[UInt8]] = []
        for key in ["\"message\":", "\"response\":", "\"body\":"] {
            let key = Array(key.utf8)
            var place = 0
            while let range = line[place...].firstRange(of: key) {
                place = range.upperBound
                line.withUnsafeBufferPointer { bytes in
                    let rest = UnsafeBufferPointer(rebasing: bytes[place...])
                    guard var scanner = try? JSONScanner(rest) else { return }  // at the end: none
                    do throws(DecodingFailure) { try scanner.skipValue() } catch { return }
                    found.append(Array(rest[..<(scanner.at - scanner.start)]))
                }
            }
        }
        return found
    }

    /// A message with damage: cut, bytes changed, a piece doubled or another message's piece put in.
    func damaged(_ random: inout SeededGenerator) -> [UInt8] {
        var bytes = messages[Int.random(in: 0..<messages.count, using: &random)]
        for _ in 0..<Int.random(in: 1...4, using: &random) where !bytes.isEmpty {
            let place = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<5, using: &random) {
            case 0: bytes.removeLast(bytes.count - place)
            case 1: bytes[place] = UInt8.random(in: 0...255, using: &random)
            case 2:
                let letters = Array("\"{}[],:-0123456789eE.ntf\\ ".utf8)
                bytes[place] = letters[Int.random(in: 0..<letters.count, using: &random)]
            case 3:
                let end = min(bytes.count, place + Int.random(in: 1...40, using: &random))
                bytes.insert(contentsOf: bytes[place..<end], at: place)
            default:
                let other = messages[Int.random(in: 0..<messages.count, using: &random)]
                let first = Int.random(in: 0..<other.count, using: &random)
                bytes.insert(contentsOf: other[first..<min(other.count, first + 30)], at: place)
            }
        }
        return bytes
    }
}

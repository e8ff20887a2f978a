// Decoding on a second thread, so that decompression and parsing overlap.

import Glibc
import MartletModel

/// Runs another decoder on a thread of its own, at most three pieces of 1 MiB ahead.
final class PrefetchingDecoder: ChunkDecoder {
    private static let pieceSize = 1 << 20
    private static let pieceCount = 3

    let preferredCapacity = 1 << 20
    let isWorthPrefetching = false
    private let exchange = Exchange()
    private var thread: WorkerThread?
    private var current: Piece?
    private var used = 0

    /// Starts decoding `decoder`, which nobody else may use any more. Nil where the system has no
    /// thread to give.
    init?(_ decoder: sending any ChunkDecoder) {
        for _ in 0..<Self.pieceCount { _ = exchange.empty.push(Piece(capacity: Self.pieceSize)) }
        let work = Work(decoder: decoder)
        let exchange = exchange
        guard let thread = WorkerThread({ work.run(exchange) }) else { return nil }
        self.thread = thread
    }

    deinit {
        exchange.empty.close()
        exchange.full.close()
        thread?.join()
    }

    func decode(into target: UnsafeMutableRawBufferPointer) throws(DecodeProblem) -> Int {
        if current == nil {
            current = exchange.full.pop()
            used = 0
        }
        guard let piece = current else { return 0 }
        if let problem = piece.problem { throw problem }
        let count = min(target.count, piece.count - used)
        guard count > 0 else { return 0 }
        target.copyMemory(
            from: UnsafeRawBufferPointer(rebasing: piece.bytes[used..<(used + count)]))
        used += count
        if used == piece.count {
            current = nil
            _ = exchange.empty.push(piece)
        }
        return count
    }

    /// A buffer on its way between the threads; only its holder touches it.
    private final class Piece: @unchecked Sendable {
        let bytes: UnsafeMutableRawBufferPointer
        var count = 0
        var problem: DecodeProblem?

        init(capacity: Int) {
            bytes = .allocate(byteCount: capacity, alignment: 64)
        }

        deinit { bytes.deallocate() }
    }

    private final class Exchange: Sendable {
        let empty = BoundedQueue<Piece>(capacity: pieceCount)
        let full = BoundedQueue<Piece>(capacity: pieceCount)
    }

    /// The decoder, handed over to the thread for good.
    private final class Work: @unchecked Sendable {
        let decoder: any ChunkDecoder

        init(decoder: any ChunkDecoder) { self.decoder = decoder }

        /// Fills pieces until the end, a problem, or until nobody wants them.
        func run(_ exchange: Exchange) {
            while let piece = exchange.empty.pop() {
                do throws(DecodeProblem) {
                    piece.count = try decoder.decode(into: piece.bytes)
                } catch {
                    piece.count = 0
                    piece.problem = error
                }
                let isLast = piece.count == 0
                if !exchange.full.push(piece) || isLast { break }
            }
            exchange.full.close()
        }
    }
}

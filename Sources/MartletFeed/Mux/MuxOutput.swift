// Where the mux's lines go, and what happens when the reader is slower than the markets.

import Glibc
public import MartletModel
public import MartletNetwork

/// Takes whole lines. All on the reactor's thread.
public protocol MuxOutput: AnyObject {
    /// Whether the reader lags so far behind that lines which may be conflated wait.
    var isCongested: Bool { get }
    /// Whether so much waits for the reader that nothing more should be read from the venues.
    var isFull: Bool { get }
    /// Takes lines of one envelope's subject; `venue`, `type` and `instrument` name it.
    func take(
        _ lines: UnsafeBufferPointer<UInt8>, venue: String, type: String, instrument: String?)
    /// Sends what was taken, as far as the reader allows.
    ///
    /// - Returns: False where the reader has gone away, which is a wish to stop.
    /// - Throws: a failure where the output cannot be written (a full disk).
    func flush() throws(Failure) -> Bool
    /// Sends the rest, waiting for the reader for at most two seconds, and ends.
    func finish() throws(Failure) -> Bool
}

extension MuxOutput {
    /// Most outputs bound what waits in another way.
    public var isFull: Bool { false }
}

/// A descriptor: standard output, a pipe, a file.
///
/// The rule of its queue: up to 1 MiB is taken without asking; above that, lines that may be
/// conflated wait outside; above 64 MiB it says that it is full, until half of that has left: the
/// venues' data wait in the sockets then. Nothing is dropped here, and no call waits for the reader
/// but the last.
public final class DescriptorOutput: MuxOutput {
    /// From here on lines that may be conflated wait.
    static let congestion = 1 << 20
    /// From here on everything waits.
    public static let usualLimit = 64 << 20
    /// What a pipe that is ready surely takes.
    private static let chunk = 4_096

    private let descriptor: Int32
    private let name: String
    private let reactor: Reactor
    private let limit: Int
    private let isFile: Bool
    private var buffer: [UInt8] = []
    private var start = 0
    private var isWatched = false
    private var hasEnded = false
    /// Bytes written since the last line end.
    private var unended = 0

    /// An output on a descriptor, which stays the caller's; `name` is for messages, and above
    /// `limit` bytes it is full.
    public init(
        _ descriptor: Int32, name: String, reactor: Reactor, limit: Int = usualLimit
    ) {
        self.descriptor = descriptor
        self.name = name
        self.reactor = reactor
        self.limit = limit
        var facts = stat()
        isFile = fstat(descriptor, &facts) == 0 && facts.st_mode & S_IFMT == S_IFREG
        buffer.reserveCapacity(1 << 16)
    }

    /// Bytes that wait.
    public var pending: Int { buffer.count - start }

    /// Whether more than 1 MiB waits.
    public var isCongested: Bool { pending > Self.congestion }

    /// Whether more than the limit waits, or waited and has not halved since.
    public private(set) var isFull = false

    /// Takes lines into the queue; after the end, nowhere.
    public func take(
        _ lines: UnsafeBufferPointer<UInt8>, venue: String, type: String, instrument: String?
    ) {
        guard !hasEnded else { return }
        buffer.append(contentsOf: lines)
        if pending > limit { isFull = true }
    }

    /// Writes what the reader takes at once.
    public func flush() throws(Failure) -> Bool {
        guard try write(waitingUntil: nil) else { return false }
        watch()
        return true
    }

    /// Writes the rest, for at most two seconds.
    public func finish() throws(Failure) -> Bool {
        defer { unwatch() }
        return try write(waitingUntil: reactor.now() + 2_000_000_000)
    }

    /// Writes what can be written at once, or until a time; false where the reader is gone.
    private func write(waitingUntil end: Int64?) throws(Failure) -> Bool {
        guard !hasEnded else { return false }
        while pending > 0 {
            let size: Int
            if isFile {
                size = pending
            } else {
                guard try isReady(until: end) else { break }
                size = min(pending, Self.chunk)
            }
            let count = buffer.withUnsafeBytes {
                // Not empty inside the loop.
                Glibc.write(descriptor, $0.baseAddress! + start, size)
            }
            if count > 0 {
                if isFile { note(start..<(start + count)) }
                start += count
            } else if errno == EPIPE {
                giveUp()
                return false
            } else if errno != EINTR, errno != EAGAIN {
                let words = String(cString: strerror(errno))
                cutBack()
                giveUp()
                throw Failure(.failure, "\(name): \(words); nothing more is written")
            }
        }
        if pending <= limit / 2 { isFull = false }
        if start == buffer.count {
            buffer.removeAll(keepingCapacity: buffer.capacity <= 1 << 22)
            start = 0
        } else if start > 1 << 20 {
            buffer.removeFirst(start)
            start = 0
        }
        return true
    }

    /// Counts what was written of a line that has not ended.
    private func note(_ written: Range<Int>) {
        let lineEnd = buffer[written].lastIndex(of: UInt8(ascii: "\n"))
        unended = lineEnd.map { written.upperBound - 1 - $0 } ?? unended + written.count
    }

    /// Takes the part of a line back that a full disk has let through, where nobody else has
    /// written behind it.
    private func cutBack() {
        guard isFile, unended > 0 else { return }
        let place = lseek(descriptor, 0, SEEK_CUR)
        var facts = stat()
        guard place >= unended, fstat(descriptor, &facts) == 0, facts.st_size == place else {
            return
        }
        if ftruncate(descriptor, place - unended) == 0 { lseek(descriptor, 0, SEEK_END) }
    }

    /// Nobody will take anything any more: nothing waits, and nothing is collected, as the venues'
    /// data would stand still for a reader that is gone (a recording goes on without it).
    private func giveUp() {
        hasEnded = true
        isFull = false
        buffer = []
        start = 0
        unwatch()
    }

    private func isReady(until end: Int64?) throws(Failure) -> Bool {
        var wanted = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        while true {
            let wait = end.map { Int32(clamping: max(($0 - reactor.now()) / 1_000_000, 0)) } ?? 0
            let count = poll(&wanted, 1, wait)
            if count > 0 { return true }
            if count == 0 || errno != EINTR { return false }
        }
    }

    /// A reader that lags is waited for beside everything else.
    private func watch() {
        guard pending > 0 else { return unwatch() }
        guard !isWatched, !isFile else { return }
        isWatched = reactor.watchWritable(descriptor) { [weak self] in
            // What is wrong shows again with the next flush of the stream.
            _ = try? self?.write(waitingUntil: nil)  // see above
            if self?.pending == 0 { self?.unwatch() }
        }
    }

    private func unwatch() {
        if isWatched { reactor.unwatch(descriptor) }
        isWatched = false
    }
}

// Connects to the first of several addresses that answers.

internal import CLinux
internal import Glibc

/// One attempt to reach a host: resolves it, then tries its addresses, IPv6 and IPv4 in turn. An
/// address that says nothing for 250 ms gets company by the next one; the first to answer wins.
final class Connector {
    /// How long an address may stay alone, in nanoseconds.
    static let head: Int64 = 250_000_000

    private final class Attempt: DescriptorHandler {
        let descriptor: Int32
        let address: SocketAddress
        weak var connector: Connector?

        init(_ descriptor: Int32, _ address: SocketAddress, _ connector: Connector) {
            self.descriptor = descriptor
            self.address = address
            self.connector = connector
        }

        func descriptorReady(_ ready: ReadySet) { connector?.ended(self) }
    }

    private let reactor: Reactor
    private let host: String
    private let port: UInt16
    private var waiting: [SocketAddress] = []
    private var attempts: [Attempt] = []
    private var reasons: [String] = []
    private var lookUp: UInt64?
    private var stagger: TimerToken?
    private var deadline: TimerToken?
    private var done: ((Result<Int32, NetworkFailure>) -> Void)?

    /// Starts; `done` is called once, never before this returns, with a connected descriptor
    /// that is the caller's.
    init(
        host: String, port: UInt16, resolver: HostResolver, timeout: Int64, reactor: Reactor,
        _ done: @escaping (Result<Int32, NetworkFailure>) -> Void
    ) {
        self.reactor = reactor
        self.host = host
        self.port = port
        self.done = done
        deadline = reactor.setTimer(after: timeout) { [weak self] in self?.timedOut(timeout) }
        // The next turn: the owner is still being made.
        stagger = reactor.setTimer(after: 0) { [weak self] in self?.resolve(resolver) }
    }

    /// Gives up without a word.
    func cancel() {
        done = nil
        clear()
    }

    private func resolve(_ resolver: HostResolver) {
        stagger = nil
        lookUp = reactor.resolver.resolve(host: host, port: port, with: resolver) { [weak self] in
            guard let self, done != nil else { return }
            lookUp = nil
            switch $0 {
            case .failure(let failure): finish(.failure(failure))
            case .success(let addresses):
                waiting = Self.interleaved(addresses)
                tryNext()
            }
        }
    }

    /// The families in turn, each in the order given: one broken family costs one step.
    static func interleaved(_ addresses: [SocketAddress]) -> [SocketAddress] {
        guard let first = addresses.first else { return [] }
        var same = addresses.filter { $0.family == first.family }[...]
        var other = addresses.filter { $0.family != first.family }[...]
        var mixed: [SocketAddress] = []
        while let next = same.popFirst() {
            mixed.append(next)
            if let next = other.popFirst() { mixed.append(next) }
        }
        return mixed + other
    }

    private func tryNext() {
        if let stagger { reactor.cancel(stagger) }
        stagger = nil
        while !waiting.isEmpty {
            let address = waiting.removeFirst()
            let descriptor = martlet_stream_socket(address.family)
            guard descriptor >= 0 else {
                reasons.append("\(address.text): \(errorText(errno))")
                continue
            }
            martlet_no_delay(descriptor)
            let result = address.withAddress { connect(descriptor, $0, $1) }
            let attempt = Attempt(descriptor, address, self)
            if result == 0 || errno == EINPROGRESS {
                attempts.append(attempt)
                reactor.watch(descriptor, .writable, attempt)
                stagger = reactor.setTimer(after: Self.head) { [weak self] in self?.tryNext() }
                return
            }
            reasons.append("\(address.text): \(errorText(errno))")
            close(descriptor)
        }
        if attempts.isEmpty {
            let list = reasons.isEmpty ? "no address" : reasons.joined(separator: "; ")
            finish(.failure(NetworkFailure(.connect, "\(host):\(port): cannot connect: \(list)")))
        }
    }

    private func ended(_ attempt: Attempt) {
        var problem: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(attempt.descriptor, SOL_SOCKET, SO_ERROR, &problem, &size)
        reactor.unwatch(attempt.descriptor)
        attempts.removeAll { $0 === attempt }
        if problem == 0 {
            finish(.success(attempt.descriptor))
        } else {
            close(attempt.descriptor)
            reasons.append("\(attempt.address.text): \(errorText(problem))")
            tryNext()
        }
    }

    private func timedOut(_ timeout: Int64) {
        deadline = nil
        let seconds = "\(timeout / 1_000_000) ms"
        let what = lookUp != nil ? "the name was not resolved" : "no answer"
        let past = reasons.isEmpty ? "" : " (\(reasons.joined(separator: "; ")))"
        finish(
            .failure(NetworkFailure(.timeout, "\(host):\(port): \(what) within \(seconds)\(past)")))
    }

    private func finish(_ result: Result<Int32, NetworkFailure>) {
        let done = done
        self.done = nil
        clear()
        done?(result)
    }

    private func clear() {
        for timer in [stagger, deadline].compactMap(\.self) { reactor.cancel(timer) }
        if let lookUp { reactor.resolver.cancel(lookUp) }
        for attempt in attempts {
            reactor.unwatch(attempt.descriptor)
            close(attempt.descriptor)
        }
        attempts = []
        waiting = []
        (stagger, deadline, lookUp) = (nil, nil, nil)
    }
}

// An HTTP client on a reactor: libcurl does the protocol, the reactor the waiting.
//
//     let client = try HTTPClient(reactor: reactor, options: HTTPClientOptions())
//     client.fetch(HTTPRequest("GET", "https://api.example.com/time")) { result in
//         switch result { case .success(let answer): ...  case .failure(let failure): ... }
//     }

internal import CCurl
internal import Glibc

/// Sends requests over kept connections, HTTP/2 where the server offers it. An answer of any status
/// is a success; failures are those of the network, the protocol, limits and time.
///
/// All calls belong on the reactor's thread.
public final class HTTPClient {
    let reactor: Reactor
    let options: HTTPClientOptions
    private let multi: OpaquePointer
    private var timer: TimerToken?
    private var sockets: [Int32: CurlSocket] = [:]
    private var transfers: [UInt64: HTTPTransfer] = [:]
    private var nextNumber: UInt64 = 0
    private var isClosed = false

    /// A client without connections.
    public init(reactor: Reactor, options: HTTPClientOptions = .init()) throws(NetworkFailure) {
        self.reactor = reactor
        self.options = options
        let isReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK
        guard isReady, let multi = curl_multi_init() else {
            throw NetworkFailure(.request, "libcurl cannot be used")
        }
        self.multi = OpaquePointer(multi)
        martlet_curl_multi_callbacks(
            multi,
            { _, socket, what, context, _ in
                // libcurl passes on what it was given.
                let client = Unmanaged<HTTPClient>.fromOpaque(context!).takeUnretainedValue()
                client.watch(socket, what)
                return 0
            },
            { _, milliseconds, context in
                // libcurl passes on what it was given.
                let client = Unmanaged<HTTPClient>.fromOpaque(context!).takeUnretainedValue()
                client.setTimer(milliseconds)
                return 0
            }, Unmanaged.passUnretained(self).toOpaque())
        martlet_curl_multi_limits(multi, 64, options.connectionsPerHostMax)
    }

    deinit { close() }

    private var handle: UnsafeMutableRawPointer { UnsafeMutableRawPointer(multi) }

    /// Ends all connections and requests; those under way are told `closed`.
    public func close() {
        guard !isClosed else { return }
        isClosed = true
        for transfer in transfers.values.sorted(by: { $0.number < $1.number }) {
            finish(transfer, .failure(NetworkFailure(.closed, "\(transfer.shown): given up")))
        }
        curl_multi_cleanup(handle)
        if let timer { reactor.cancel(timer) }
        timer = nil
        for socket in sockets.keys { reactor.unwatch(socket) }
        sockets = [:]
    }

    /// Sends a request; `done` is called once, in a later turn, on the reactor's thread. The client
    /// keeps itself until then.
    public func fetch(
        _ request: HTTPRequest,
        _ done: @escaping (Result<HTTPResponse, NetworkFailure>) -> Void
    ) {
        nextNumber += 1
        let transfer = HTTPTransfer(number: nextNumber, request: request, client: self, done)
        guard !isClosed, transfers.count < options.requestsMax else {
            let words = isClosed ? "the client is closed" : "too many requests are under way"
            reactor.setTimer(after: 0) {
                done(.failure(NetworkFailure(.request, "\(transfer.shown): \(words)")))
            }
            return
        }
        transfers[transfer.number] = transfer
        // Not before this call has returned.
        reactor.setTimer(after: 0) { self.resolve(transfer) }
    }

    /// Requests under way.
    public var requestCount: Int { transfers.count }

    private func resolve(_ transfer: HTTPTransfer) {
        guard transfers[transfer.number] === transfer else { return }
        let endpoint: EndpointURL
        do throws(NetworkFailure) {
            endpoint = try EndpointURL(transfer.request.url, schemes: ["http", "https"])
        } catch {
            return finish(transfer, .failure(error))
        }
        guard let resolver = options.resolver else { return start(transfer, endpoint, nil) }
        _ = reactor.resolver.resolve(host: endpoint.host, port: endpoint.port, with: resolver) {
            switch $0 {
            case .failure(let failure): self.finish(transfer, .failure(failure))
            case .success(let addresses):
                self.start(transfer, endpoint, addresses)
            }
        }
    }

    private func start(
        _ transfer: HTTPTransfer, _ endpoint: EndpointURL, _ addresses: [SocketAddress]?
    ) {
        guard transfers[transfer.number] === transfer else { return }
        do throws(NetworkFailure) {
            let easy = try transfer.prepare(endpoint, addresses)
            let code = curl_multi_add_handle(handle, easy)
            guard code == CURLM_OK else {
                throw NetworkFailure(
                    .request,
                    "\(transfer.shown): not sent: \(String(cString: curl_multi_strerror(code)))")
            }
        } catch {
            finish(transfer, .failure(error))
        }
    }

    func finish(_ transfer: HTTPTransfer, _ result: Result<HTTPResponse, NetworkFailure>) {
        guard transfers.removeValue(forKey: transfer.number) != nil else { return }
        if let easy = transfer.easy { curl_multi_remove_handle(handle, easy) }
        transfer.release()
        let done = transfer.done
        // Never from inside libcurl, which may not be called again there.
        reactor.setTimer(after: 0) { done(result) }
    }

    private func takeEnded() {
        var left: Int32 = 0
        while !isClosed, let message = curl_multi_info_read(handle, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle
            else { continue }
            let code = martlet_curl_result(message)
            var context: UnsafeMutableRawPointer?
            martlet_curl_private(easy, &context)
            guard let context else { continue }
            let transfer = Unmanaged<HTTPTransfer>.fromOpaque(context).takeUnretainedValue()
            if transfer.mayRetry(code, retriesMax: options.retriesMax) {
                curl_multi_remove_handle(handle, easy)
                transfer.startAgain()
                curl_multi_add_handle(handle, easy)
            } else {
                finish(transfer, transfer.result(code))
            }
        }
    }

    // What libcurl waits for.

    private func watch(_ socket: Int32, _ what: Int32) {
        if what == CURL_POLL_REMOVE {
            sockets[socket] = nil
            reactor.unwatch(socket)
            return
        }
        let watched = sockets[socket] ?? CurlSocket(socket, self)
        sockets[socket] = watched
        var interest: ReadySet = []
        if what != CURL_POLL_OUT { interest.insert(.readable) }
        if what != CURL_POLL_IN { interest.insert(.writable) }
        reactor.watch(socket, interest, watched)
    }

    fileprivate func ready(_ socket: Int32, _ ready: ReadySet) {
        var what: Int32 = 0
        if !ready.isDisjoint(with: .readable) { what |= CURL_CSELECT_IN }
        if !ready.isDisjoint(with: .writable) { what |= CURL_CSELECT_OUT }
        if !ready.isDisjoint(with: .failed) { what |= CURL_CSELECT_ERR }
        act(socket, what)
    }

    private func act(_ socket: Int32, _ what: Int32) {
        guard !isClosed else { return }
        var running: Int32 = 0
        curl_multi_socket_action(handle, socket, what, &running)
        takeEnded()
    }

    private func setTimer(_ milliseconds: Int) {
        if let timer { reactor.cancel(timer) }
        timer = nil
        guard milliseconds >= 0 else { return }
        timer = reactor.setTimer(after: Int64(milliseconds) * 1_000_000) { [weak self] in
            self?.timer = nil
            self?.act(CURL_SOCKET_TIMEOUT, 0)
        }
    }
}

/// A socket of libcurl's that the reactor watches.
private final class CurlSocket: DescriptorHandler {
    private let socket: Int32
    private weak var client: HTTPClient?

    init(_ socket: Int32, _ client: HTTPClient) {
        self.socket = socket
        self.client = client
    }

    func descriptorReady(_ ready: ReadySet) { client?.ready(socket, ready) }
}

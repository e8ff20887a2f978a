// One request of the HTTP client: its libcurl handle, what was received, and what it came to.

internal import CCurl

/// A request under way. A class: libcurl keeps a pointer to it.
final class HTTPTransfer {
    let number: UInt64
    let request: HTTPRequest
    let done: (Result<HTTPResponse, NetworkFailure>) -> Void
    /// The address as it may be shown.
    let shown: String
    private(set) var easy: UnsafeMutableRawPointer?

    private let client: HTTPClient
    private let bodyBytesMax: Int
    private let startedAt: Int64
    /// When it has to be over, however often it is started; the reactor's time, ns.
    private let deadline: Int64
    private var fields: UnsafeMutablePointer<curl_slist>?
    private var addresses: UnsafeMutablePointer<curl_slist>?
    private let errorWords = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
    private var headers = HTTPHeaders()
    private var body: [UInt8] = []
    private var hasAnswer = false
    private var isHeadComplete = false
    private var isTooLarge = false
    /// Whether libcurl wanted to write it once more than it may be.
    private var isLost = false
    /// How often the request was about to be written.
    private var attempts = 0
    /// How often it was started anew, also where nothing was written yet: a proxy may end each
    /// connection before that.
    private var restarts = 0

    init(
        number: UInt64, request: HTTPRequest, client: HTTPClient,
        _ done: @escaping (Result<HTTPResponse, NetworkFailure>) -> Void
    ) {
        self.number = number
        self.request = request
        self.client = client
        self.done = done
        shown =
            "\(request.method) \(EndpointURL.withoutCredentials(Self.withoutQuery(request.url)))"
        bodyBytesMax = request.bodyBytesMax ?? client.options.bodyBytesMax
        startedAt = client.reactor.wallTime()
        let (end, isEndless) = client.reactor.now().addingReportingOverflow(
            request.timeout ?? client.options.timeout)
        deadline = isEndless ? Int64.max : end
        errorWords.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    }

    deinit {
        release()
        errorWords.deallocate()
    }

    /// Queries may carry signatures.
    private static func withoutQuery(_ url: String) -> String { String(url.prefix { $0 != "?" }) }

    /// Gives libcurl's memory back.
    func release() {
        if let easy { curl_easy_cleanup(easy) }
        if let fields { curl_slist_free_all(fields) }
        if let addresses { curl_slist_free_all(addresses) }
        (easy, fields, addresses) = (nil, nil, nil)
    }

    /// The handle, ready to be started.
    func prepare(
        _ endpoint: EndpointURL, _ known: [SocketAddress]?
    ) throws(NetworkFailure) -> UnsafeMutableRawPointer {
        guard let easy = curl_easy_init() else {
            throw NetworkFailure(.request, "\(shown): no memory for a request")
        }
        self.easy = easy
        let options = client.options
        func set(_ option: CURLoption, _ value: Int) {
            martlet_curl_set_number(easy, option, value)
        }
        martlet_curl_set_text(easy, CURLOPT_URL, request.url)
        martlet_curl_set_text(easy, CURLOPT_PROTOCOLS_STR, "http,https")
        set(CURLOPT_NOSIGNAL, 1)
        set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2TLS))
        setTimeout(easy)
        set(CURLOPT_CONNECTTIMEOUT_MS, Int(max(1, options.connectTimeout / 1_000_000)))
        set(CURLOPT_TCP_NODELAY, 1)
        martlet_curl_set_text(easy, CURLOPT_USERAGENT, options.userAgent)
        martlet_curl_set_text(easy, CURLOPT_ACCEPT_ENCODING, "")
        setProxy(easy, try options.proxies.proxy(for: endpoint))
        setTrust(easy)
        setBody(easy)
        try setFields(easy)
        if let known {
            let list = known.map { $0.hostText }.joined(separator: ",")
            addresses = curl_slist_append(nil, "\(endpoint.host):\(endpoint.port):\(list)")
            martlet_curl_set_pointer(easy, CURLOPT_RESOLVE, addresses)
        }
        setCallbacks(easy)
        return easy
    }

    /// What is left of the time for all of it.
    private func setTimeout(_ easy: UnsafeMutableRawPointer) {
        let left = deadline - client.reactor.now()
        martlet_curl_set_number(easy, CURLOPT_TIMEOUT_MS, Int(max(1, left / 1_000_000)))
    }

    /// The address apart from the credentials, which libcurl would repeat in its messages.
    private func setProxy(_ easy: UnsafeMutableRawPointer, _ proxy: EndpointURL?) {
        // Both set, so that libcurl does not look into the environment by itself.
        martlet_curl_set_text(easy, CURLOPT_PROXY, proxy.map { "http://" + $0.authority } ?? "")
        martlet_curl_set_text(easy, CURLOPT_NOPROXY, "")
        guard let credentials = proxy?.credentials else { return }
        let parts = credentials.split(
            separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        martlet_curl_set_text(easy, CURLOPT_PROXYUSERNAME, String(parts[0]))
        martlet_curl_set_text(
            easy, CURLOPT_PROXYPASSWORD, parts.count == 2 ? String(parts[1]) : "")
    }

    private func setTrust(_ easy: UnsafeMutableRawPointer) {
        let tls = client.options.tls
        martlet_curl_set_number(easy, CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        if let file = tls.caFile {
            // The folder keeps the system's authorities beside the file's.
            martlet_curl_set_text(easy, CURLOPT_CAINFO, file)
            martlet_curl_set_text(easy, CURLOPT_CAPATH, "/etc/ssl/certs")
        }
        if !tls.verifies {
            martlet_curl_set_number(easy, CURLOPT_SSL_VERIFYPEER, 0)
            martlet_curl_set_number(easy, CURLOPT_SSL_VERIFYHOST, 0)
        }
    }

    private func setBody(_ easy: UnsafeMutableRawPointer) {
        switch request.method {
        case "GET": martlet_curl_set_number(easy, CURLOPT_HTTPGET, 1)
        case "HEAD": martlet_curl_set_number(easy, CURLOPT_NOBODY, 1)
        default:
            martlet_curl_set_number(easy, CURLOPT_POST, 1)
            martlet_curl_set_large(
                easy, CURLOPT_POSTFIELDSIZE_LARGE, Int(request.body.count))
            request.body.withUnsafeBytes {
                // Copied by libcurl; it is never null for a POST without a body.
                let empty: StaticString = ""
                let start = $0.baseAddress ?? UnsafeRawPointer(empty.utf8Start)
                martlet_curl_set_pointer(
                    easy, CURLOPT_COPYPOSTFIELDS, UnsafeMutableRawPointer(mutating: start))
            }
            martlet_curl_set_text(easy, CURLOPT_CUSTOMREQUEST, request.method)
        }
    }

    private func setFields(_ easy: UnsafeMutableRawPointer) throws(NetworkFailure) {
        for field in request.headers.fields {
            guard !field.name.isEmpty, !field.name.contains(":"),
                field.name.isPrintable(blanks: false), field.value.isPrintable(blanks: true)
            else {
                throw NetworkFailure(
                    .request,
                    "\(shown): header field \(field.name) has bytes that do not belong")
            }
            fields = curl_slist_append(fields, "\(field.name): \(field.value)")
        }
        if !request.body.isEmpty, request.headers["Content-Type"] == nil {
            fields = curl_slist_append(fields, "Content-Type: application/json")
        }
        // No second round trip to ask whether the body may come.
        fields = curl_slist_append(fields, "Expect:")
        martlet_curl_set_pointer(easy, CURLOPT_HTTPHEADER, fields)
    }

    private func setCallbacks(_ easy: UnsafeMutableRawPointer) {
        let itself = Unmanaged.passUnretained(self).toOpaque()
        martlet_curl_set_pointer(easy, CURLOPT_PRIVATE, itself)
        martlet_curl_set_pointer(easy, CURLOPT_WRITEDATA, itself)
        martlet_curl_set_pointer(easy, CURLOPT_HEADERDATA, itself)
        martlet_curl_set_pointer(easy, CURLOPT_ERRORBUFFER, errorWords)
        martlet_curl_set_data(easy, CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
            // libcurl passes on what it was given.
            let transfer = Unmanaged<HTTPTransfer>.fromOpaque(context!).takeUnretainedValue()
            return transfer.takeBody(UnsafeRawBufferPointer(start: bytes, count: size * count))
        }
        martlet_curl_set_data(easy, CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
            // libcurl passes on what it was given.
            let transfer = Unmanaged<HTTPTransfer>.fromOpaque(context!).takeUnretainedValue()
            return transfer.takeHeader(UnsafeRawBufferPointer(start: bytes, count: size * count))
        }
        martlet_curl_set_pointer(easy, CURLOPT_PREREQDATA, itself)
        martlet_curl_set_before(easy) { context, _, _, _, _ in
            // libcurl passes on what it was given.
            let transfer = Unmanaged<HTTPTransfer>.fromOpaque(context!).takeUnretainedValue()
            return transfer.maySend() ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
        }
    }

    /// Called when a connection is there and the request is about to be written. libcurl repeats
    /// requests of any method by itself when a kept connection breaks without an answer: what may
    /// have changed something at the server is not written a second time.
    private func maySend() -> Bool {
        guard attempts == 0 || (isRepeatable && attempts <= client.options.retriesMax) else {
            isLost = true
            return false
        }
        attempts += 1
        return true
    }

    private var isRepeatable: Bool { ["GET", "HEAD"].contains(request.method) }

    private func takeHeader(_ bytes: UnsafeRawBufferPointer) -> Int {
        hasAnswer = true
        let line = String(decoding: bytes, as: UTF8.self).filter { !$0.isNewline }
        if line.hasPrefix("HTTP/") {
            // A new head: after 100 Continue, or from behind a proxy.
            headers = HTTPHeaders()
            isHeadComplete = false
        } else if line.isEmpty {
            isHeadComplete = true
        } else if let colon = line.firstIndex(of: ":"), headers.fields.count < 256 {
            headers.append(
                String(line[..<colon]), line[line.index(after: colon)...].trimmedBlanks())
        }
        return bytes.count
    }

    private func takeBody(_ bytes: UnsafeRawBufferPointer) -> Int {
        hasAnswer = true
        guard body.count + bytes.count <= bodyBytesMax else {
            isTooLarge = true
            return 0
        }
        body.append(contentsOf: bytes)
        return bytes.count
    }

    /// Whether the request may be sent again: it changes nothing at the server, and nothing of an
    /// answer has come.
    func mayRetry(_ code: CURLcode, retriesMax: Int) -> Bool {
        guard restarts < retriesMax, attempts <= retriesMax, !hasAnswer, isRepeatable
        else { return false }
        return [CURLE_GOT_NOTHING, CURLE_SEND_ERROR, CURLE_RECV_ERROR].contains(code)
    }

    /// Before the handle is added again.
    func startAgain() {
        restarts += 1
        guard let easy else { return }
        martlet_curl_set_number(easy, CURLOPT_FRESH_CONNECT, 1)
        setTimeout(easy)
    }

    /// What libcurl's code means.
    func result(_ code: CURLcode) -> Result<HTTPResponse, NetworkFailure> {
        guard let easy else { return .failure(NetworkFailure(.request, "\(shown): not sent")) }
        guard code == CURLE_OK else { return .failure(failure(code)) }
        // libcurl takes the end of the stream for the end of a head.
        guard isHeadComplete else { return .failure(failure(CURLE_PARTIAL_FILE)) }
        var status = 0
        var version = 0
        martlet_curl_number(easy, CURLINFO_RESPONSE_CODE, &status)
        martlet_curl_number(easy, CURLINFO_HTTP_VERSION, &version)
        return .success(
            HTTPResponse(
                status: status, headers: headers, body: body,
                receivedAt: client.reactor.wallTime(), startedAt: startedAt,
                version: version >= Int(CURL_HTTP_VERSION_2_0) ? 2 : 1,
                attempts: attempts))
    }

    private func failure(_ code: CURLcode) -> NetworkFailure {
        if isTooLarge {
            return NetworkFailure(
                .tooLarge, "\(shown): the answer is larger than \(bodyBytesMax) bytes")
        }
        if isLost {
            return NetworkFailure(
                .closed,
                "\(shown): the connection ended before the answer"
                    + (isRepeatable
                        ? ", \(attempts) times"
                        : "; not sent again, as it may have been carried out"))
        }
        let detail = String(cString: errorWords)
        let words = detail.isEmpty ? String(cString: curl_easy_strerror(code)) : detail
        let kind: NetworkFailure.Code =
            switch code {
            case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: .resolve
            case CURLE_COULDNT_CONNECT: .connect
            case CURLE_OPERATION_TIMEDOUT: .timeout
            case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE,
                CURLE_SSL_CIPHER, CURLE_SSL_CERTPROBLEM, CURLE_SSL_ISSUER_ERROR:
                .tls
            case CURLE_GOT_NOTHING, CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_PARTIAL_FILE:
                .closed
            case CURLE_URL_MALFORMAT: .request
            default: .protocol
            }
        return NetworkFailure(kind, "\(shown): \(words)")
    }
}

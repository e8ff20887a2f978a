// Publishes to a NATS server, core or JetStream.
//
//     let nats = try NATSConnection(NATSOptions(url: "nats://127.0.0.1:4222"))
//     try nats.publish("martlet.okx.trades", bytes)          // at most once
//     try nats.publishToStream("martlet.okx.trades", bytes)  // acknowledged, counted below
//     try nats.flush(timeout: 2_000_000_000)
//     nats.close()

internal import CNats
internal import Synchronization

/// How to reach a NATS server.
public struct NATSOptions: Sendable {
    /// `nats://host:4222` or `tls://…`, several separated by commas; may hold user and password.
    public var url: String
    /// Shown in the server's monitoring.
    public var name = "martlet"
    /// User and password; nil where the URL has them or none are needed.
    public var user: (name: String, password: String)?
    /// A token instead of a user.
    public var token: String?
    /// A `.creds` file instead of either.
    public var credentialsFile: String?
    /// A file of PEM certificates to trust.
    public var caFile: String?
    /// For connecting, in nanoseconds.
    public var connectTimeout: Int64 = 5_000_000_000
    /// Stream messages that may wait for their acknowledgement.
    public var pendingMax: Int64 = 16_384
    /// How long ``NATSConnection/publishToStream(_:_:messageID:)`` waits for room among the
    /// pending ones, in nanoseconds.
    public var stallWait: Int64 = 200_000_000
    /// How long an acknowledgement may take, in nanoseconds.
    public var acknowledgeTimeout: Int64 = 5_000_000_000
    /// How long one write may wait for a server that does not read, in nanoseconds; the connection
    /// counts as lost then.
    public var writeTimeout: Int64 = 5_000_000_000
    /// Bytes kept while the connection is lost; over it publishing fails.
    public var reconnectBytesMax: Int32 = 8 << 20

    /// The values above.
    public init(url: String) { self.url = url }
}

/// What became of the messages so far.
public struct NATSCounts: Hashable, Sendable {
    /// Handed to the library.
    public var published: UInt64 = 0
    /// Stored by the server.
    public var acknowledged: UInt64 = 0
    /// Known to the server by their message id, and not stored again.
    public var duplicates: UInt64 = 0
    /// Refused by the server, or not acknowledged in time.
    public var refused: UInt64 = 0
    /// Why the last one was refused; empty for none.
    public var lastRefusal = ""

    /// Stream messages without an answer yet.
    public var pending: UInt64 { published - min(published, acknowledged + refused) }
}

/// A connection to NATS. It reconnects by itself and keeps what is published meanwhile, up to a
/// limit. May be used from any thread; connecting, flushing and closing block.
///
/// Unchecked: libnats locks its connection, and the counts are behind a lock.
public final class NATSConnection: @unchecked Sendable {
    /// Counts that libnats's threads write to.
    private final class Counts: Sendable {
        let values = Mutex(NATSCounts())
    }

    private let shown: String
    private let connection: OpaquePointer
    private let stream: OpaquePointer
    private let counts: Counts
    private let isClosed = Mutex(false)

    /// Connects, and waits for it.
    public init(_ options: NATSOptions) throws(NetworkFailure) {
        shown = EndpointURL.withoutCredentials(options.url)
        counts = Counts()
        var settings: OpaquePointer?
        var connection: OpaquePointer?
        var status = natsOptions_Create(&settings)
        defer { natsOptions_Destroy(settings) }
        for step in Self.steps(options) where status == NATS_OK { status = step(settings) }
        if status == NATS_OK { status = natsConnection_Connect(&connection, settings) }
        guard status == NATS_OK, let connection else {
            throw Self.failure(status, shown, "cannot connect")
        }
        var async = jsOptions()
        jsOptions_Init(&async)
        async.PublishAsync.MaxPending = options.pendingMax
        async.PublishAsync.StallWait = max(1, options.stallWait / 1_000_000)
        async.PublishAsync.AckHandler = { _, message, answer, error, context in
            natsMsg_Destroy(message)
            // libnats passes on what it was given.
            let counts = Unmanaged<Counts>.fromOpaque(context!).takeUnretainedValue()
            counts.values.withLock {
                if let error {
                    $0.refused += 1
                    let text = error.pointee.ErrText ?? natsStatus_GetText(error.pointee.Err)
                    $0.lastRefusal = text.map { String(cString: $0) } ?? "no reason"
                } else {
                    $0.acknowledged += 1
                    if answer?.pointee.Duplicate == true { $0.duplicates += 1 }
                }
            }
        }
        // Kept for good: libnats's threads may still call while they wind down. A program makes one
        // or two connections.
        async.PublishAsync.AckHandlerClosure = Unmanaged.passRetained(counts).toOpaque()
        async.Wait = options.acknowledgeTimeout / 1_000_000
        var stream: OpaquePointer?
        status = natsConnection_JetStream(&stream, connection, &async)
        guard status == NATS_OK, let stream else {
            natsConnection_Destroy(connection)
            throw Self.failure(status, shown, "no JetStream context")
        }
        self.connection = connection
        self.stream = stream
        acknowledgeMilliseconds = max(1, options.acknowledgeTimeout / 1_000_000)
    }

    private let acknowledgeMilliseconds: Int64

    deinit { close() }

    private static func steps(
        _ options: NATSOptions
    ) -> [(OpaquePointer?) -> natsStatus] {
        var steps: [(OpaquePointer?) -> natsStatus] = [
            { natsOptions_SetURL($0, options.url) },
            { natsOptions_SetName($0, options.name) },
            { natsOptions_SetTimeout($0, max(1, options.connectTimeout / 1_000_000)) },
            { natsOptions_SetReconnectBufSize($0, options.reconnectBytesMax) },
            { natsOptions_SetWriteDeadline($0, max(1, options.writeTimeout / 1_000_000)) },
            { natsOptions_SetMaxReconnect($0, -1) },
            { natsOptions_SetReconnectWait($0, 500) },
        ]
        if options.url.contains(",") {
            // A list, which the option above would take for one address.
            let list = options.url.split(separator: ",").map { String($0) }
            steps[0] = { settings in
                withCStrings(list) {
                    natsOptions_SetServers(settings, $0.baseAddress, Int32(clamping: $0.count))
                }
            }
        }
        if let user = options.user {
            steps.append { natsOptions_SetUserInfo($0, user.name, user.password) }
        }
        if let token = options.token { steps.append { natsOptions_SetToken($0, token) } }
        if let file = options.credentialsFile {
            steps.append { natsOptions_SetUserCredentialsFromFiles($0, file, nil) }
        }
        if let file = options.caFile {
            steps.append { natsOptions_LoadCATrustedCertificates($0, file) }
        }
        return steps
    }

    // Publishing.

    /// What became of the messages so far.
    public var messages: NATSCounts { counts.values.withLock { $0 } }

    /// Publishes without an acknowledgement. Returns when the library has it.
    ///
    /// - Throws: `closed` when the connection is lost and what is kept for it is full.
    public func publish(
        _ subject: String, _ bytes: UnsafeRawBufferPointer
    ) throws(NetworkFailure) {
        let status = natsConnection_Publish(
            connection, subject, bytes.baseAddress, Int32(clamping: bytes.count))
        guard status == NATS_OK else { throw Self.failure(status, shown, "not published") }
        counts.values.withLock {
            $0.published += 1
            $0.acknowledged += 1
        }
    }

    /// Publishes to the stream that takes the subject. Returns when the library has it; the
    /// server's answer is counted in ``messages``.
    ///
    /// - Parameter messageID: The server stores messages of one id once, within its window.
    /// - Throws: `timeout` when too many wait for their acknowledgement.
    public func publishToStream(
        _ subject: String, _ bytes: UnsafeRawBufferPointer, messageID: String? = nil
    ) throws(NetworkFailure) {
        var options = jsPubOptions()
        jsPubOptions_Init(&options)
        options.MaxWait = acknowledgeMilliseconds
        func send(_ identifier: UnsafePointer<CChar>?) -> natsStatus {
            options.MsgId = identifier
            return js_PublishAsync(
                stream, subject, bytes.baseAddress, Int32(clamping: bytes.count), &options)
        }
        // Counted before: the answer may come before the call returns.
        counts.values.withLock { $0.published += 1 }
        let status = messageID?.withCString { send($0) } ?? send(nil)
        guard status == NATS_OK else {
            counts.values.withLock { $0.published -= 1 }
            throw Self.failure(status, shown, "not published to a stream")
        }
    }

    /// Waits until the server has what was published, and has answered for its streams.
    public func flush(timeout: Int64) throws(NetworkFailure) {
        let milliseconds = max(1, timeout / 1_000_000)
        var status = natsConnection_FlushTimeout(connection, milliseconds)
        if status == NATS_OK, messages.pending > 0 {
            var options = jsPubOptions()
            jsPubOptions_Init(&options)
            options.MaxWait = milliseconds
            status = js_PublishAsyncComplete(stream, &options)
        }
        guard status == NATS_OK else { throw Self.failure(status, shown, "not flushed") }
    }

    /// Makes a stream for some subjects if it is not there.
    ///
    /// - Parameter bytesMax: Oldest messages go when it holds more.
    public func ensureStream(
        _ name: String, subjects: [String], bytesMax: Int64
    ) throws(NetworkFailure) {
        var information: UnsafeMutablePointer<jsStreamInfo>?
        var code = jsErrCode(0)
        if js_GetStreamInfo(&information, stream, name, nil, &code) == NATS_OK {
            jsStreamInfo_Destroy(information)
            return
        }
        var settings = jsStreamConfig()
        jsStreamConfig_Init(&settings)
        settings.MaxBytes = bytesMax
        let status = name.withCString { name in
            withCStrings(subjects) { list in
                settings.Name = name
                settings.Subjects = list.baseAddress
                settings.SubjectsLen = Int32(clamping: list.count)
                return js_AddStream(nil, stream, &settings, nil, &code)
            }
        }
        guard status == NATS_OK else {
            throw Self.failure(status, shown, "stream \(name) cannot be made")
        }
    }

    /// Messages in a stream.
    public func streamMessageCount(_ name: String) throws(NetworkFailure) -> UInt64 {
        var information: UnsafeMutablePointer<jsStreamInfo>?
        var code = jsErrCode(0)
        let status = js_GetStreamInfo(&information, stream, name, nil, &code)
        guard status == NATS_OK, let information else {
            throw Self.failure(status, shown, "stream \(name)")
        }
        defer { jsStreamInfo_Destroy(information) }
        return information.pointee.State.Msgs
    }

    /// Subscribes to a subject; messages wait in the subscription until they are taken.
    public func subscribe(_ subject: String) throws(NetworkFailure) -> NATSSubscription {
        var subscription: OpaquePointer?
        let status = natsConnection_SubscribeSync(&subscription, connection, subject)
        guard status == NATS_OK, let subscription else {
            throw Self.failure(status, shown, "not subscribed to \(subject)")
        }
        return NATSSubscription(subscription)
    }

    /// Ends the connection at once; ``flush(timeout:)`` before saves what is under way.
    public func close() {
        let isFirst = isClosed.withLock { closed in
            defer { closed = true }
            return !closed
        }
        guard isFirst else { return }
        jsCtx_Destroy(stream)
        natsConnection_Close(connection)
        natsConnection_Destroy(connection)
    }

    private static func failure(
        _ status: natsStatus, _ place: String, _ what: String
    ) -> NetworkFailure {
        let code: NetworkFailure.Code =
            switch status {
            case NATS_TIMEOUT: .timeout
            case NATS_NO_SERVER, NATS_IO_ERROR: .connect
            case NATS_CONNECTION_AUTH_FAILED, NATS_NOT_PERMITTED: .handshake
            case NATS_SSL_ERROR, NATS_SECURE_CONNECTION_REQUIRED, NATS_SECURE_CONNECTION_WANTED:
                .tls
            case NATS_MAX_PAYLOAD: .tooLarge
            case NATS_INVALID_ARG, NATS_INVALID_SUBJECT, NATS_ADDRESS_MISSING: .request
            case NATS_PROTOCOL_ERROR: .protocol
            default: .closed
            }
        let words = natsStatus_GetText(status).map { String(cString: $0) } ?? "status \(status)"
        return NetworkFailure(code, "NATS \(place): \(what): \(words)")
    }
}

/// Calls `body` with texts as C has them; they are good during the call.
private func withCStrings<Answer>(
    _ texts: [String], _ body: (UnsafeMutableBufferPointer<UnsafePointer<CChar>?>) -> Answer
) -> Answer {
    var copies = texts.map { text -> UnsafePointer<CChar>? in
        let characters = text.utf8CString
        let copy = UnsafeMutableBufferPointer<CChar>.allocate(capacity: characters.count)
        _ = copy.initialize(from: characters)
        return UnsafePointer(copy.baseAddress)
    }
    defer { for copy in copies { copy?.deallocate() } }
    return copies.withUnsafeMutableBufferPointer { body($0) }
}

/// Messages of one subject. Confined to one thread at a time.
public final class NATSSubscription {
    private let pointer: OpaquePointer

    fileprivate init(_ pointer: OpaquePointer) { self.pointer = pointer }

    deinit { natsSubscription_Destroy(pointer) }

    /// The next message; nil when none came in time.
    ///
    /// - Parameter timeout: In nanoseconds; blocks that long.
    public func next(timeout: Int64) -> (subject: String, bytes: [UInt8])? {
        var message: OpaquePointer?
        let status = natsSubscription_NextMsg(&message, pointer, max(1, timeout / 1_000_000))
        guard status == NATS_OK, let message else { return nil }
        defer { natsMsg_Destroy(message) }
        let count = Int(natsMsg_GetDataLength(message))
        let bytes = UnsafeRawBufferPointer(start: natsMsg_GetData(message), count: count)
        return (String(cString: natsMsg_GetSubject(message)), Array(bytes))
    }
}

// IPv4 and IPv6 addresses with a port, as the kernel wants them and as people read them.

internal import Glibc

/// The words of an error number.
func errorText(_ number: Int32) -> String {
    String(cString: strerror(number))
}

/// An address to connect to or to listen on.
struct SocketAddress: Sendable {
    private var storage: sockaddr_storage
    private let length: socklen_t

    /// A copy of what the kernel or the resolver gave.
    init(copying address: UnsafePointer<sockaddr>, length: socklen_t) {
        storage = sockaddr_storage()
        let count = min(Int(length), MemoryLayout<sockaddr_storage>.size)
        withUnsafeMutableBytes(of: &storage) {
            $0.copyMemory(from: UnsafeRawBufferPointer(start: address, count: count))
        }
        self.length = socklen_t(count)
    }

    /// An address written in digits; nil for anything else.
    init?(numeric host: String, port: UInt16) {
        guard case .success(let found) = Self.lookUp(host: host, port: port, isNumeric: true),
            let first = found.first
        else { return nil }
        self = first
    }

    /// AF_INET or AF_INET6.
    var family: Int32 { Int32(storage.ss_family) }

    /// Calls `body` with the address in the kernel's form.
    func withAddress<Answer>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Answer) -> Answer {
        withUnsafePointer(to: storage) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
        }
    }

    /// `127.0.0.1:443` or `[::1]:443`.
    var text: String { "\(hostText):\(port)" }

    /// `127.0.0.1` or `[::1]`.
    var hostText: String { family == AF_INET6 ? "[\(digits.host)]" : digits.host }

    /// The port.
    var port: UInt16 { UInt16(digits.port) ?? 0 }

    private var digits: (host: String, port: String) {
        var host = [CChar](repeating: 0, count: 64)
        var service = [CChar](repeating: 0, count: 16)
        let problem = withAddress {
            getnameinfo($0, $1, &host, 64, &service, 16, NI_NUMERICHOST | NI_NUMERICSERV)
        }
        guard problem == 0 else { return ("?", "0") }
        return (Self.text(host), Self.text(service))
    }

    private static func text(_ characters: [CChar]) -> String {
        String(
            decoding: characters.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Asks the system's resolver; blocks unless the host is numeric.
    static func lookUp(
        host: String, port: UInt16, isNumeric: Bool = false
    ) -> Result<[SocketAddress], NetworkFailure> {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_NUMERICSERV | (isNumeric ? AI_NUMERICHOST : AI_ADDRCONFIG)
        var list: UnsafeMutablePointer<addrinfo>?
        let problem = getaddrinfo(host, String(port), &hints, &list)
        defer { if let list { freeaddrinfo(list) } }
        guard problem == 0 else {
            let reason =
                problem == EAI_SYSTEM ? errorText(errno) : String(cString: gai_strerror(problem))
            return .failure(
                NetworkFailure(.resolve, "\(host): the name cannot be resolved: \(reason)"))
        }
        var found: [SocketAddress] = []
        var next = list
        while let entry = next, found.count < 16 {
            if let address = entry.pointee.ai_addr {
                found.append(
                    SocketAddress(copying: address, length: entry.pointee.ai_addrlen))
            }
            next = entry.pointee.ai_next
        }
        return .success(found)
    }
}

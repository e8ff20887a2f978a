// A server made of bytes: answers each connection with what it was given, and keeps it open.

import Glibc
import Testing

/// A listening socket on loopback that a test drives itself, by calling ``turn()`` while it waits.
final class RawServer {
    let port: UInt16
    private let descriptor: Int32
    private let answer: [UInt8]
    private var taken: [Int32] = []
    /// Connections that were answered.
    private(set) var answered = 0

    /// - Parameter backlog: How many connections the kernel takes on its own behalf.
    init(_ answer: [UInt8], backlog: Int32 = 16) throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, size) == 0 && listen(descriptor, backlog) == 0
                    && getsockname(descriptor, $0, &size) == 0
            }
        }
        self.answer = answer
        self.descriptor = descriptor
        port = UInt16(bigEndian: address.sin_port)
        try #require(isBound)
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
    }

    deinit {
        for each in taken + [descriptor] { close(each) }
    }

    /// Takes and answers whoever waits.
    func turn() {
        while true {
            let next = accept(descriptor, nil, nil)
            guard next >= 0 else { return }
            taken.append(next)
            var block = [UInt8](repeating: 0, count: 65_536)
            // The head of a request on loopback comes in one piece.
            guard recv(next, &block, block.count, 0) > 0 else { continue }
            _ = send(next, answer, answer.count, Int32(MSG_NOSIGNAL))
            answered += 1
        }
    }

    /// Ends all connections.
    func endAll() {
        for each in taken { close(each) }
        taken = []
    }

    /// Fills the queue of connections, so that the kernel answers no further one.
    func fill() {
        for _ in 0..<8 {
            let each = socket(
                AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            address.sin_port = port.bigEndian
            _ = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(each, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            taken.append(each)
        }
    }
}

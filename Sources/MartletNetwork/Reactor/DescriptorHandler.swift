// What a descriptor is ready for, and who is told.

internal import CLinux

/// What a descriptor is watched or ready for; the bits are epoll's.
struct ReadySet: OptionSet {
    let rawValue: UInt32
    /// Bytes, a connection or an end of stream are there.
    static let readable = ReadySet(rawValue: EPOLLIN.rawValue)
    /// Bytes can be written, or a connect has ended.
    static let writable = ReadySet(rawValue: EPOLLOUT.rawValue)
    /// The connection is broken.
    static let failed = ReadySet(rawValue: EPOLLERR.rawValue | EPOLLHUP.rawValue)
    /// Not from epoll: the handler asked to be called again.
    static let `repeated` = ReadySet(rawValue: 1 << 24)
}

/// The owner of a watched descriptor.
protocol DescriptorHandler: AnyObject {
    /// The descriptor is ready; called on the reactor's thread.
    func descriptorReady(_ ready: ReadySet)
}

/// An owner that is a closure.
final class ClosureHandler: DescriptorHandler {
    private let work: () -> Void

    init(_ work: @escaping () -> Void) { self.work = work }

    func descriptorReady(_ ready: ReadySet) { work() }
}

// What a seal says about the content of a capture: counted by somebody who knows the venue.

/// Counts what passes through one capture segment. The store knows bytes only; whoever records or
/// judges captures knows what they mean.
public protocol CaptureAccount: AnyObject {
    /// A message, in the order of the file. The bytes are valid during the call.
    func message(
        _ bytes: UnsafeRawBufferPointer, isBinary: Bool, request: String?, at time: Int64)
    /// A fact that the recorder noted; `json` is valid during the call.
    func fact(_ word: String, _ json: UnsafeRawBufferPointer, at time: Int64)
    /// What came of it, as members of the seal.
    func summary() -> [(key: String, value: JSONText)]
}

/// An account that counts nothing, for captures of which only the bytes matter.
public final class EmptyAccount: CaptureAccount {
    /// An account.
    public init() {}

    /// Counts nothing.
    public func message(
        _ bytes: UnsafeRawBufferPointer, isBinary: Bool, request: String?, at time: Int64
    ) {}

    /// Counts nothing.
    public func fact(_ word: String, _ json: UnsafeRawBufferPointer, at time: Int64) {}

    /// Nothing.
    public func summary() -> [(key: String, value: JSONText)] { [] }
}

// The fuzzer's input as a file: the readers under test take paths.

import Glibc

/// Writes `bytes` into a file in memory and calls `body` with its path.
func withFile(_ bytes: UnsafeRawBufferPointer, suffix: String = "", _ body: (String) -> Void) {
    let path = "/dev/shm/martlet-fuzz-\(getpid())\(suffix)"
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    guard descriptor >= 0 else { return }
    if bytes.count > 0 { _ = write(descriptor, bytes.baseAddress, bytes.count) }
    close(descriptor)
    body(path)
    unlink(path)
}

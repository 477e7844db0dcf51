import Glibc

/// Repeats a system call while signals interrupt it.
///
/// - Parameter call: returns a negative number, and sets `errno`, where it fails.
/// - Returns: what the call returned in the end.
func retried<Value: SignedInteger>(_ call: () -> Value) -> Value {
  while true {
    let value = call()
    if value >= 0 || errno != EINTR { return value }
  }
}

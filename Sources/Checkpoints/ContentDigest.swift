import Crypto

/// A SHA-256 over content that is handed over in parts and never copied.
///
/// The digest of weights takes the parameters' elements in state-dict order, without padding.
/// How the content is cut into parts does not change the result.
public struct ContentDigest: Sendable {
  private var hash = SHA256()

  /// The digest of nothing so far.
  public init() {}

  /// Appends the bytes of `values`: of floats their little-endian fp32 form.
  public mutating func update<Element: BitwiseCopyable>(_ values: Span<Element>) {
    unsafe values.withUnsafeBytes { unsafe hash.update(bufferPointer: $0) }
  }

  /// The digest of everything appended so far: 64 lower-case hexadecimal digits.
  public var hexadecimal: String {
    let digits = Array("0123456789abcdef")
    return String(hash.finalize().flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
  }
}

#if _endian(big)
  #error("Files and digests are little-endian; this processor would need byte swaps.")
#endif

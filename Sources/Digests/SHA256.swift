import COpenSSL

/// A SHA-256 over content that is handed over in parts and never copied.
///
/// How the content is cut into parts does not change the result. The computation is OpenSSL's,
/// which uses the processor's own instructions for it.
///
/// - Note: Source: FIPS 180-4.
@safe public struct SHA256: ~Copyable, @unchecked Sendable {
  /// The bytes of a digest.
  public static let byteCount = 32

  private let context: OpaquePointer

  /// The digest of an empty message.
  public init() {
    unsafe context = Self.makeContext()
    Self.require(unsafe EVP_DigestInit_ex(context, EVP_sha256(), nil))
  }

  deinit {
    unsafe EVP_MD_CTX_free(context)
  }

  /// Appends the bytes of `values`: of floats their little-endian fp32 form.
  public mutating func update<Element: BitwiseCopyable>(_ values: Span<Element>) {
    unsafe values.withUnsafeBytes { bytes in
      Self.require(unsafe EVP_DigestUpdate(context, bytes.baseAddress, bytes.count))
    }
  }

  /// The digest of everything appended so far: 32 bytes.
  public var bytes: [UInt8] {
    let copy = unsafe Self.makeContext()
    defer { unsafe EVP_MD_CTX_free(copy) }
    Self.require(unsafe EVP_MD_CTX_copy_ex(copy, context))
    var digest = [UInt8](repeating: 0, count: Self.byteCount)
    Self.require(unsafe EVP_DigestFinal_ex(copy, &digest, nil))
    return digest
  }

  /// The digest of everything appended so far: 64 lower-case hexadecimal digits.
  public var hexadecimal: String { Digests.hexadecimal(bytes) }

  private static func makeContext() -> OpaquePointer {
    guard let context = unsafe EVP_MD_CTX_new() else {
      preconditionFailure("OpenSSL has no memory for a digest")
    }
    return unsafe context
  }

  /// OpenSSL returns 1 unless it runs out of memory or is called in the wrong order.
  private static func require(_ status: Int32) {
    precondition(status == 1, "OpenSSL returned \(status) instead of 1 for a digest")
  }
}

#if _endian(big)
  #error("Files and digests are little-endian; this processor would need byte swaps.")
#endif

/// How tokens lie in a shard: 2 or 4 bytes each, the lowest first.
enum TokenStorage {
  /// The bytes of `tokens`.
  static func bytes(_ tokens: [Int32], tokenBytes: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(tokens.count * tokenBytes)
    for token in tokens {
      for place in 0..<tokenBytes {
        bytes.append(UInt8(truncatingIfNeeded: token >> Int32(8 * place)))
      }
    }
    return bytes
  }

  /// The tokens that `bytes` hold.
  static func tokens(_ bytes: [UInt8], tokenBytes: Int) -> [Int32] {
    precondition(
      bytes.count.isMultiple(of: tokenBytes), "\(bytes.count) bytes of tokens of \(tokenBytes)")
    return stride(from: 0, to: bytes.count, by: tokenBytes).map { start in
      (0..<tokenBytes).reduce(0) {
        $0 | Int32(bitPattern: UInt32(bytes[start + $1])) << Int32(8 * $1)
      }
    }
  }
}

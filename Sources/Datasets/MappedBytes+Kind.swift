import Files

extension MappedBytes {
  /// What the content is by its first bytes, where these tell.
  var kind: FileKind? {
    FileKind(of: bytes(from: 0, count: min(count, FileKind.prefixBytes)))
  }

  /// The error of content that is not `wanted`: it says what it is, or else `otherwise`.
  ///
  /// - Parameters:
  ///   - wanted: what the reader reads, as in "a CIFAR-10 binary file".
  ///   - advice: what to do where the kind of the content does not say.
  ///   - otherwise: the error where the first bytes tell nothing.
  /// - Returns: one of the two errors.
  func unlike(_ wanted: String, advice: String, otherwise: DatasetError) -> DatasetError {
    guard let kind else { return otherwise }
    return DatasetError(.invalid, location(0), kind.insteadOf(wanted, advice: advice))
  }

  /// The message that the content is `refusal`, as in "this is not a shard", but something else.
  func noShard(_ refusal: String, advice: String) -> String {
    guard let kind else { return "\(refusal); \(advice)" }
    return "\(refusal) but \(kind); \(kind.advice ?? advice)"
  }

  /// Whether these are the first bytes.
  func begins(with magic: [UInt8]) -> Bool {
    bytes(from: 0, count: min(count, magic.count)) == magic
  }
}

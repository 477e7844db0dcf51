/// A reader of files that is given damaged ones.
protocol FuzzedReader: Sendable {
  /// What it is called on the command line.
  static var name: String { get }

  /// Writes good files of its format into `folder`.
  init(in folder: String) throws

  /// The good files, which are damaged one at a time.
  var seeds: [FuzzSeed] { get }

  /// Pieces of text that mean something in the format, to be put in anywhere.
  var words: [String] { get }

  /// Makes right what guards `bytes`, such as digests and lengths: what lies behind them is reached too.
  func mend(_ bytes: [UInt8], of seed: FuzzSeed) -> [UInt8]

  /// Reads the file of `seed` to its last byte.
  ///
  /// - Throws: the module's own error for what is damaged, and ``FuzzFinding`` for what is read wrong.
  func read(_ seed: FuzzSeed) throws

  /// Reads `bytes` in the place of the file of `seed`, which is then as it was.
  func read(_ bytes: [UInt8], of seed: FuzzSeed) throws

  /// Whether `error` is the module's own and says that the content is at fault.
  func isRefusal(_ error: any Error) -> Bool
}

extension FuzzedReader {
  var words: [String] { [] }
  func mend(_ bytes: [UInt8], of seed: FuzzSeed) -> [UInt8] { bytes }

  func read(_ bytes: [UInt8], of seed: FuzzSeed) throws {
    try write(bytes, to: seed.path)
    let result = Result { try read(seed) }
    try write(seed.bytes, to: seed.path)
    try result.get()
  }
}

/// A good file.
struct FuzzSeed: Sendable {
  let path: String
  let bytes: [UInt8]

  init(_ path: String) throws {
    self.path = path
    bytes = try readBytes(of: path)
  }

  /// Writes `bytes` to `path` as well.
  init(_ bytes: [UInt8], to path: String) throws {
    try write(bytes, to: path)
    self.path = path
    self.bytes = bytes
  }
}

/// Something that must not happen, whatever a file holds.
struct FuzzFinding: Error, CustomStringConvertible {
  let description: String
}

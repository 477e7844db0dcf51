/// What a rank tells the others of itself with each step's sums.
struct RankReport: Sendable, Equatable {
  /// The seconds for which each of its workers computed.
  var computeSeconds: [Double]
  /// The checksum of the weights that it has updated last, as it updated them.
  var updatedSum: UInt64 = 0
  /// The checksum of the weights that it has computed this step with.
  var usedSum: UInt64 = 0

  /// The note as numbers that doubles hold exactly.
  var words: [Double] {
    computeSeconds
      + [updatedSum >> 32, updatedSum & 0xffff_ffff, usedSum >> 32, usedSum & 0xffff_ffff]
      .map { Double($0) }
  }

  /// The note that ``words`` gave.
  init(words: [Double]) {
    precondition(words.count > 4, "a note of \(words.count) words")
    computeSeconds = Array(words.dropLast(4))
    let halves = words.suffix(4).map { UInt64($0) }
    updatedSum = halves[0] << 32 | halves[1]
    usedSum = halves[2] << 32 | halves[3]
  }

  /// The note of a rank whose workers took so long.
  init(computeSeconds: [Double]) {
    self.computeSeconds = computeSeconds
  }
}

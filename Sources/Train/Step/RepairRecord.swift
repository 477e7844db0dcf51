/// How often the weights of each rank were repaired of late.
///
/// A cell that turns its bit again and again would have a step computed again for ever.
struct RepairRecord: Sendable {
  /// So many repairs of one rank are made within ``window`` steps; at the next one its memory has failed.
  static let most = 3
  /// The steps after which a repair no longer counts.
  static let window = 100

  /// The steps in which each rank was repaired.
  private var steps: [Int: [Int]] = [:]

  /// Takes note that the weights of `rank` were wrong in `step`.
  ///
  /// - Returns: whether they were so too often, and are not worth another repair.
  mutating func note(_ rank: Int, step: Int) -> Bool {
    let recent = steps[rank, default: []].filter { $0 > step - Self.window } + [step]
    steps[rank] = recent
    return recent.count > Self.most
  }
}

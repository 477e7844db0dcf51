import Mathematics

/// Whether a rank computes slower than the others, all at work.
struct SpeedCheck: DoctorCheck {
  static let name = "speed"

  /// The share of the median below which a rank is named.
  private static let limit = 0.8

  func findings(_ examination: Examination) -> [Finding] {
    let rates = examination.measurements.compactMap(\.gigaflops)
    guard rates.count == examination.ranks.count else { return [] }
    let median = rates.median
    let slow = rates.indices.filter { rates[$0] < Self.limit * median }
    if slow.isEmpty {
      let place = examination.place(examination.ranks.indices)
      return [ok(place, "\(Self.words(median)) per rank, all at work")]
    }
    return slow.map { rank in
      warn(
        examination.place([rank]),
        "\(Self.words(rates[rank])), the median rank has "
          + "\(Self.words(median)): all ranks wait for it in each step",
        cure: "look at busy cores, binding and cooling there, or leave the host out")
    }
  }

  private static func words(_ gigaflops: Double) -> String {
    "\((gigaflops * 10).rounded() / 10) GFLOP/s"
  }
}

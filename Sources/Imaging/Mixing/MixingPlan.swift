/// What happens to one sample of a micro-batch.
public enum SampleMix: Sendable, Equatable {
  /// Nothing.
  case none
  /// The sample counts by this share, its partner by the rest.
  case blend(Float)
  /// This rectangle, which may be empty, comes from the partner.
  case cut(PixelRectangle)
}

/// How the samples of one micro-batch are mixed; the partner of sample i is B - 1 - i.
public struct MixingPlan: Sendable, Equatable {
  /// (B) what happens to each sample.
  public let mixes: [SampleMix]

  /// (B) what each sample's own label counts, in 0...1; the partner's label counts the rest.
  public let shares: [Float]

  private let rows: Int
  private let columns: Int

  /// A plan for inputs of `rows` × `columns` pixels.
  public init(_ mixes: [SampleMix], rows: Int, columns: Int) {
    self.mixes = mixes
    (self.rows, self.columns) = (rows, columns)
    shares = mixes.map { mix in
      switch mix {
      case .none: 1
      case .blend(let share): share
      case .cut(let box):
        Float(((1 - Double(box.area) / Double(rows * columns)) * 0x1p24).rounded() * 0x1p-24)
      }
    }
  }

  /// (B) the label of each sample's partner.
  public func partnerLabels(_ labels: [Int32]) -> [Int32] {
    precondition(labels.count == mixes.count, "\(labels.count) labels of \(mixes.count) samples")
    return labels.reversed()
  }

  /// Mixes the inputs of a micro-batch.
  ///
  /// - Parameters:
  ///   - values: (B, channels, rows, columns) normalised values.
  ///   - channels: the number of channels.
  public func apply(to values: inout MutableSpan<Float>, channels: Int) {
    let size = channels * rows * columns
    precondition(
      values.count == mixes.count * size, "\(values.count) values of \(mixes.count)×\(size)")
    for first in 0..<(mixes.count / 2) {
      let second = mixes.count - 1 - first
      if mixes[first] == .none && mixes[second] == .none { continue }
      let ranges = [first, second].map { ($0 * size)..<(($0 + 1) * size) }
      // Both are mixed from what they were.
      let inputs = ranges.map { range in range.map { values[$0] } }
      for (number, partner) in [(0, inputs[1]), (1, inputs[0])] {
        let mix = mixes[number == 0 ? first : second]
        self.mix(
          partner.span, into: &values, at: ranges[number].lowerBound, mix, channels: channels)
      }
    }
  }

  /// Mixes one input with its partner.
  private func mix(
    _ partner: Span<Float>, into values: inout MutableSpan<Float>, at start: Int, _ mix: SampleMix,
    channels: Int
  ) {
    switch mix {
    case .none: return
    case .blend(let share):
      let rest = 1 - share
      for index in 0..<partner.count {
        values[start + index] = values[start + index] * share + partner[index] * rest
      }
    case .cut(let box):
      for channel in 0..<channels {
        for row in box.top..<(box.top + box.rows) {
          let first = (channel * rows + row) * columns + box.left
          for index in first..<(first + box.columns) { values[start + index] = partner[index] }
        }
      }
    }
  }
}

import Batches
import TestSupport
import Testing

@testable import Datasets

@Suite("Masking")
struct MaskingTests {
  private let folder: TemporaryFolder
  private let source: TextSource

  init() throws {
    folder = try TemporaryFolder()
    let vocabulary = try folder.write(TextFixture.vocabularyFile(), to: "vocab.txt")
    let text = try folder.write(
      TextFixture.text(lines: 1_500) + "\u{4e00} \u{4e01} unknown\n\n" + TextFixture.text(lines: 9),
      to: "text.txt")
    source = try TextFixture.prepare(
      [text], in: folder.path + "/set", sequenceLength: 64, shardBytes: 1 << 20,
      vocabulary: vocabulary, documents: .blankLines)
  }

  private func masking(wholeWords: Bool = false, predictions: Int = 10) -> Masking {
    Masking(
      vocabulary: source.vocabulary, sequenceLength: 64, predictionCount: predictions,
      wholeWords: wholeWords)
  }

  private func all(_ masking: Masking, _ draw: Masking.Draw) throws -> MaskedBatch {
    try masking.batch(of: Array(0..<source.count), from: source, draw)
  }

  /// Whether `count` of `trials` is within five deviations of a binomial distribution's mean.
  private func isLikely(_ count: Int, of trials: Int, probability: Double) -> Bool {
    let deviation = (Double(trials) * probability * (1 - probability)).squareRoot()
    return abs(Double(count) - Double(trials) * probability) <= 5 * deviation
  }

  @Test(
    "Labels are the tokens that stood there; all else is shown as it is", arguments: [false, true])
  func labels(wholeWords: Bool) throws {
    let masking = masking(wholeWords: wholeWords)
    let batch = try all(masking, .training(seed: 1, epoch: 0))
    let (n, count) = (64, masking.predictionCount)
    #expect(batch.tokens.count == source.count * n)
    #expect(batch.positions.count == source.count * count)
    #expect(batch.labels.count == source.count * count)
    for row in 0..<source.count {
      let original = try source.tokens(of: row)
      let labels = batch.labels[(row * count)..<((row + 1) * count)].filter { $0 >= 0 }
      let positions = batch.positions[(row * count)...].prefix(labels.count).map { Int($0) }
      #expect(positions == positions.sorted() && Set(positions).count == positions.count)
      #expect(labels == positions.map { original[$0] })
      #expect(labels.allSatisfy { !source.vocabulary.special.all.contains($0) })
      for position in 0..<n where !positions.contains(position) {
        #expect(batch.tokens[row * n + position] == original[position])
      }
    }
  }

  @Test("80 % become the mask, 10 % another piece, 10 % stay, within binomial bounds")
  func proportions() throws {
    var (masked, kept, replaced, total) = (0, 0, 0, 0)
    var replacements: [Int32: Int] = [:]
    for epoch in 0..<20 {
      let batch = try all(masking(), .training(seed: 3, epoch: epoch))
      for (index, label) in batch.labels.enumerated() where label >= 0 {
        let row = index / 10
        let shown = batch.tokens[row * 64 + Int(batch.positions[index])]
        total += 1
        if shown == source.vocabulary.special.mask {
          masked += 1
        } else if shown == label {
          kept += 1
        } else {
          replaced += 1
          replacements[shown, default: 0] += 1
        }
      }
    }
    let pieces = source.vocabulary.ordinary.count
    #expect(total > 20_000)
    #expect(isLikely(masked, of: total, probability: 0.8))
    // A replacement may draw the same piece again.
    #expect(isLikely(kept, of: total, probability: 0.1 + 0.1 / Double(pieces)))
    #expect(Set(replacements.keys) == Set(source.vocabulary.ordinary))
    for (piece, count) in replacements {
      #expect(isLikely(count, of: replaced, probability: 1 / Double(pieces)), "\(piece)")
    }
  }

  @Test("Every position of text is hidden equally often")
  func positions() throws {
    var counts = [Int](repeating: 0, count: 64)
    let full = (0..<source.count).filter { sample in
      let tokens = (try? source.tokens(of: sample)) ?? []
      return tokens.dropFirst().dropLast().allSatisfy {
        !source.vocabulary.special.all.contains($0)
      }
    }
    #expect(full.count > 100)
    for epoch in 0..<20 {
      let batch = try masking().batch(of: full, from: source, .training(seed: 4, epoch: epoch))
      for position in batch.positions { counts[Int(position)] += 1 }
    }
    #expect(counts[0] == 0 && counts[63] == 0)
    for count in counts[1..<63] {
      #expect(isLikely(count, of: 20 * full.count, probability: 10.0 / 62))
    }
  }

  @Test("A sequence's masks depend on seed, epoch and sample, and not on its batch")
  func batchComposition() throws {
    let draw = Masking.Draw.training(seed: 5, epoch: 2)
    let whole = try all(masking(), draw)
    for samples in [[0], [7, 3], [3, 7, 3], Array((0..<source.count).reversed())] {
      let batch = try masking().batch(of: samples, from: source, draw)
      #expect(batch.samples == samples)
      for (row, sample) in samples.enumerated() {
        #expect(batch.tokens[(row * 64)...].prefix(64) == whole.tokens[(sample * 64)...].prefix(64))
        #expect(
          batch.positions[(row * 10)...].prefix(10)
            == whole.positions[(sample * 10)...].prefix(10))
        #expect(batch.labels[(row * 10)...].prefix(10) == whole.labels[(sample * 10)...].prefix(10))
      }
    }
    #expect(try all(masking(), .training(seed: 5, epoch: 3)).positions != whole.positions)
    #expect(try all(masking(), .training(seed: 6, epoch: 2)).positions != whole.positions)
    #expect(try all(masking(), .validation).positions != whole.positions)
    #expect(
      try all(masking(), .validation) == all(masking(), .validation), "validation never varies")
  }

  @Test("The masks of a known sequence never change")
  func golden() throws {
    var batch = MaskedBatch(samples: [9])
    let tokens: [Int32] = [2] + (5..<25).map { Int32($0) } + [3]
    let masking = Masking(vocabulary: source.vocabulary, sequenceLength: 22, predictionCount: 3)
    masking.hide(tokens, sample: 9, .training(seed: 8, epoch: 1), into: &batch)
    masking.hide(tokens, sample: 9, .validation, into: &batch)
    #expect(batch.positions == [10, 14, 19, 3, 14, 17])
    #expect(batch.labels == batch.positions.map { tokens[Int($0)] })
    // Hidden in the first: the mask, a piece at random, the mask.
    #expect(
      zip(batch.tokens, tokens + tokens).enumerated().filter { $1.0 != $1.1 }.map {
        [$0, Int($1.0)]
      }
        == [[10, 4], [14, 33], [19, 4], [25, 4], [36, 4], [39, 4]])
  }

  @Test("Words are hidden whole or not at all, from the first piece on")
  func wholeWords() throws {
    let batch = try all(masking(wholeWords: true), .training(seed: 7, epoch: 0))
    var counted = 0
    for row in 0..<source.count {
      let original = try source.tokens(of: row)
      let labels = batch.labels[(row * 10)..<((row + 1) * 10)]
      let hidden = Set(
        zip(batch.positions[(row * 10)...], labels).filter { $1 >= 0 }.map { Int($0.0) })
      counted += hidden.count
      for position in 1..<64 where !source.vocabulary.special.all.contains(original[position]) {
        let previousIsText = !source.vocabulary.special.all.contains(original[position - 1])
        if previousIsText && !source.vocabulary.startsWord(original[position]) {
          #expect(hidden.contains(position) == hidden.contains(position - 1))
        }
      }
    }
    // A word of two pieces may find one place left, and nothing smaller behind it.
    #expect(counted > source.count * 10 * 9 / 10 && counted <= source.count * 10)
  }

  @Test("With too few tokens to hide, the shape stays and the surplus is ignored")
  func surplus() throws {
    let masking = masking(predictions: 32)
    var batch = MaskedBatch(samples: [0, 1])
    let padding = [Int32](repeating: 0, count: 58)
    masking.hide([2, 10, 1, 11, 3, 12] + padding, sample: 0, .validation, into: &batch)
    masking.hide([2, 3, 1, 4, 0, 0] + padding, sample: 1, .validation, into: &batch)
    #expect(masking.predictionCount == 32)
    #expect(batch.positions == [1, 3, 5] + [Int32](repeating: 0, count: 61))
    #expect(batch.labels == [10, 11, 12] + [Int32](repeating: Batch.ignoredLabel, count: 61))
    #expect(batch.countedPredictions == 3)
    #expect(Array(batch.tokens[64...]) == [2, 3, 1, 4, 0, 0] + padding)
  }
}

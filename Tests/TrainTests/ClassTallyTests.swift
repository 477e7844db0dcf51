import Foundation
import Kernels
import TestSupport
import Testing

@testable import Model
@testable import Train

@Suite("Tally of classes")
struct ClassTallyTests {
  /// Random logits with labels, and what the model's head makes of them.
  private struct Sample {
    let logits: [Double]
    let label: Int

    /// `count` samples of which about half score highest at their label; the logits are rounded so that some
    /// are equal.
    static func random(_ count: Int, classes: Int) -> [Sample] {
      var random = RandomValues(seed: 21)
      return (0..<count).map { _ in
        let label = min(classes - 1, Int((random.next() + 1) / 2 * Double(classes)))
        var logits = random.array(classes).map { (16 * $0).rounded() / 4 }
        logits[label] += (8 * random.next()).rounded() / 4 + 1
        return Sample(logits: logits, label: label)
      }
    }

    var probabilities: [Double] {
      let most = logits.max() ?? 0
      let exponentials = logits.map { exp($0 - most) }
      return exponentials.map { $0 / exponentials.reduce(0, +) }
    }

    /// The classes in descending order of their logits, of equal ones the lower number first.
    var order: [Int] {
      logits.indices.sorted { (-logits[$0], $0) < (-logits[$1], $1) }
    }
  }

  private static func result(of samples: [Sample]) -> MicroBatchResult {
    var result = MicroBatchResult()
    result.outcomes = []
    for sample in samples {
      let count = sample.logits.count
      let buffer = FloatBuffer(count: count)
      buffer.withMutableSpan(0..<count) { span in
        for index in span.indices { span[index] = Float(sample.logits[index]) }
      }
      let matrix = Matrix<Float>(buffer, at: 0, rows: 1, columns: count)
      result.add(
        SoftmaxCrossEntropy()(matrix, row: 0, label: sample.label, replacingByGradient: false),
        label: sample.label)
    }
    return result
  }

  @Test("Every metric agrees with a plain reference in Double", arguments: [2, 7, 31])
  func reference(classes: Int) throws {
    let samples = Sample.random(500, classes: classes)
    let result = Self.result(of: samples)
    var tally = ClassTally(classes: classes)
    tally.add(try #require(result.outcomes))

    let predicted = samples.map { $0.order[0] }
    let hits = zip(samples, predicted).map { $0.label == $1 }
    #expect(result.correct == hits.count { $0 })
    #expect(result.correctTop5 == samples.count { $0.order.prefix(5).contains($0.label) })
    let likelihood = samples.map { -log($0.probabilities[$0.label]) }.reduce(0, +)
    #expect(abs(result.lossSum - likelihood) < 1e-9)

    let rows = tally.confusion.rows
    for label in 0..<classes {
      for other in 0..<classes {
        let expected = zip(samples, predicted).count { $0.label == label && $1 == other }
        #expect(tally.confusion[label, other] == expected)
      }
      let own = samples.count { $0.label == label }
      let found = zip(samples, hits).count { $0.label == label && $1 }
      #expect(rows[label].samples == own && rows[label].correct == found)
      #expect(rows[label].predicted == predicted.count { $0 == label })
      #expect(rows[label].accuracy == (own == 0 ? nil : Double(found) / Double(own)))
    }

    let confidences = zip(samples, predicted).map { $0.probabilities[$1] }
    var error = 0.0
    for bin in 1...15 {
      // A probability computed in another order may fall on the other side of a border, but none here is so near.
      let inside = confidences.indices.filter {
        confidences[$0] > Double(bin - 1) / 15 && confidences[$0] <= Double(bin) / 15
      }
      if inside.isEmpty { continue }
      let accuracy = Double(inside.count { hits[$0] }) / Double(inside.count)
      let confidence = inside.map { confidences[$0] }.reduce(0, +) / Double(inside.count)
      error += Double(inside.count) / Double(samples.count) * abs(accuracy - confidence)
    }
    #expect(error > 0.01, "otherwise nothing was shown")
    #expect(abs(tally.calibration.expectedError - error) < 0x1p-32)
    let mean = confidences.reduce(0, +) / Double(samples.count)
    #expect(abs(tally.calibration.meanConfidence - mean) < 0x1p-32)
  }

  @Test("The calibration error of six samples, by hand")
  func byHand() {
    var calibration = Calibration()
    // Bin 10 of 15 goes from 0.6 to 0.667: one of two is right. Bin 14 from 0.867 to 0.933: two of three.
    for (confidence, isCorrect) in [
      (0.625, true), (0.65625, false), (0.875, true), (0.90625, true), (0.90625, false), (1, true),
    ] { calibration.add(confidence: confidence, isCorrect: isCorrect) }
    let expected = (abs(1 - (0.625 + 0.65625)) + abs(2 - (0.875 + 2 * 0.90625)) + 0) / 6
    #expect(calibration.expectedError == expected)
    #expect(calibration.meanConfidence == (0.625 + 0.65625 + 0.875 + 2 * 0.90625 + 1) / 6)
    #expect(Calibration().expectedError == 0)
  }

  @Test("A confidence on a border belongs to the bin below it")
  func borders() {
    // In one bin the two errors cancel out, in two they do not.
    for (confidence, cancels) in [(0.2, true), (0.2.nextUp, false)] {
      var calibration = Calibration()
      calibration.add(confidence: 0.15, isCorrect: false)
      calibration.add(confidence: confidence, isCorrect: true)
      let apart = (0.15 + 0.8) / 2
      let together = (1 - 0.35) / 2
      #expect(abs(calibration.expectedError - (cancels ? together : apart)) < 1e-9)
    }
  }

  @Test("Parts of a set add up to the same, in any order", arguments: [1, 2, 3, 8])
  func parts(count: Int) throws {
    let samples = Sample.random(300, classes: 5)
    let outcomes = try #require(Self.result(of: samples).outcomes)
    var whole = ClassTally(classes: 5)
    whole.add(outcomes)
    var parts = Array(repeating: ClassTally(classes: 5), count: count)
    for (place, outcome) in outcomes.enumerated() { parts[place % count].add([outcome]) }
    var sum = ClassTally(classes: 5)
    for part in parts.reversed() { sum.add(words: part.words) }
    #expect(sum == whole)
  }

  @Test("The class that samples were most often mistaken for; of equal ones the lowest")
  func mistakes() {
    var confusion = ConfusionCounts(classes: 4)
    confusion.add(label: 0, predicted: 0, times: 9)
    confusion.add(label: 1, predicted: 3, times: 2)
    confusion.add(label: 1, predicted: 2, times: 2)
    confusion.add(label: 1, predicted: 0)
    confusion.add(label: 2, predicted: 1)
    let rows = confusion.rows
    #expect(rows.map(\.mistakenFor) == [nil, 2, 1, nil])
    #expect(rows.map(\.mistakenCount) == [0, 2, 1, 0])
    #expect(rows.map(\.accuracy) == [1, 0, 0, nil])
    #expect(rows.map(\.predicted) == [10, 1, 2, 2])
  }

  @Test("What is not a number counts, for the loss refuses it")
  func notANumber() throws {
    let result = Self.result(of: [Sample(logits: [0, .nan, 1], label: 2)])
    var tally = ClassTally(classes: 3)
    tally.add(try #require(result.outcomes))
    #expect(!result.lossSum.isFinite && tally.confusion.rows[2].samples == 1)
  }
}

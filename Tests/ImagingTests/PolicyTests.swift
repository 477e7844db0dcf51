import Foundation
import Randomness
import Testing

@testable import Imaging

@Suite("Policies")
struct PolicyTests {
  private struct Pair: Decodable, Equatable {
    struct Step: Decodable, Equatable {
      let name: String
      let probability, level: Double

      init(from decoder: any Decoder) throws {
        var fields = try decoder.unkeyedContainer()
        name = try fields.decode(String.self)
        probability = try fields.decode(Double.self)
        level = try fields.decode(Double.self)
      }
    }
    let list: String
    let steps: [Step]
  }

  @Test("The lists of AutoAugment are timm's", arguments: AutoAugment.List.allCases)
  func lists(list: AutoAugment.List) throws {
    let expected = try cases("pairs", as: Pair.self).filter { $0.list == list.rawValue }
    #expect(expected.count == 25 && list.pairs.count == 25)
    for (pair, expected) in zip(list.pairs, expected) {
      for (step, expected) in zip(pair, expected.steps) {
        #expect(step.operation.rawValue == expected.name)
        #expect(step.probability == expected.probability && step.level == expected.level)
      }
    }
  }

  private struct Level: Decodable {
    let operation: String
    let level: Double
    let negative: Bool
    let arguments: [Double]
  }

  @Test("Every operation has timm's argument at every level, on both sides")
  func levels() throws {
    let all: [Level] = try cases("levels")
    #expect(Set(all.map(\.operation)) == Set(PolicyOperation.allCases.map(\.rawValue)))
    for one in all {
      let operation = try #require(PolicyOperation(rawValue: one.operation)).operation(
        level: one.level, isNegative: one.negative, interpolation: .bicubic)
      let name = one.operation.replacing("Increasing", with: "").replacing("Original", with: "")
      #expect(operation == ImageOperation(name, one.arguments, interpolation: nil), "\(one)")
    }
  }

  private struct Run: Decodable {
    struct Operation: Decodable {
      let name: String
      let arguments: [Double]
      let interpolation: String?

      init(from decoder: any Decoder) throws {
        var fields = try decoder.unkeyedContainer()
        name = try fields.decode(String.self)
        arguments = try fields.decode([Double].self)
        interpolation = try fields.decode(String?.self)
      }
    }
    let policy, hash: String
    let operations: [Operation]
  }

  @Test("What timm drew gives timm's bytes in every combination")
  func execution() throws {
    let image = RasterImage(rows: 37, columns: 29, channels: 3, seed: 7)
    let all: [Run] = try cases("policies")
    #expect(Set(all.map(\.policy)).count == 7)
    for run in all {
      let operations = try run.operations.map {
        try #require(ImageOperation($0.name, $0.arguments, interpolation: $0.interpolation))
      }
      let result = image.applying(operations, fill: [124, 116, 104])
      #expect(hash(result.bytes) == run.hash, "\(run)")
    }
  }

  @Test("A plan is a function of its key, and its frequencies are the policy's")
  func frequencies() throws {
    let policy = try AugmentationPolicy("rand-m9-mstd0.5-inc1")
    var counts: [String: Int] = [:]
    var (operations, bicubic, moving, negative, rotations) = (0, 0, 0, 0, 0)
    let samples = 6000
    for sample in 0..<samples {
      let key = RandomKey(seed: 11, purpose: .policy, time: 3, sample: sample)
      let plan = policy.plan(key: key, interpolation: nil)
      #expect(plan == policy.plan(key: key, interpolation: nil))
      operations += plan.count
      for operation in plan {
        counts[String("\(operation)".prefix { $0 != "(" }), default: 0] += 1
        switch operation {
        case .rotate(let degrees, let interpolation):
          #expect(abs(degrees) <= 30)
          moving += 1
          bicubic += interpolation == .bicubic ? 1 : 0
          rotations += 1
          negative += degrees < 0 ? 1 : 0
        default: break
        }
      }
    }
    // Two operations with probability one half: 6000 ± 55 of them; bounds are five deviations.
    #expect(abs(operations - samples) < 275)
    #expect(counts.count == 15)
    for count in counts.values { #expect(abs(count - samples / 15) < 100) }
    #expect(abs(2 * bicubic - moving) < 110 && abs(2 * negative - rotations) < 110)
  }

  @Test("AutoAugment draws each pair, and each half with its probability")
  func pairs() throws {
    let policy = try AugmentationPolicy("v0")
    var rotated = 0
    let samples = 10_000
    for sample in 0..<samples {
      let key = RandomKey(seed: 1, purpose: .policy, sample: sample)
      let plan = policy.plan(key: key, interpolation: .bilinear)
      #expect(plan.count <= 2)
      for case .rotate(_, let interpolation) in plan {
        #expect(interpolation == .bilinear)
        rotated += 1
      }
    }
    // Halves with rotation: .6 .6 .6 .8 1 .6 .4 of 25 pairs.
    #expect(abs(Double(rotated) / Double(samples) - 4.6 / 25) < 0.02)
  }

  @Test("Levels have the noise that is asked for, and stay in their bounds")
  func noise() {
    let levels = (0..<4000).map { sample in
      LevelNoise(deviation: 0.5).level(
        around: 9, key: RandomKey(seed: 2, purpose: .policy, sample: sample), at: 0)
    }
    let mean = levels.reduce(0, +) / 4000
    let variance = levels.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / 4000
    // Cut off at 10, two deviations above, the mean is lower by 0.004.
    #expect(abs(mean - 8.996) < 0.04 && abs(variance - 0.24) < 0.03)
    #expect(levels.allSatisfy { $0 <= 10 })
    let uniform = (0..<4000).map { sample in
      LevelNoise(deviation: 101).level(
        around: 9, key: RandomKey(seed: 2, purpose: .policy, sample: sample), at: 0)
    }
    #expect(uniform.allSatisfy { 0 <= $0 && $0 < 9 })
    #expect(abs(uniform.reduce(0, +) / 4000 - 4.5) < 0.2)
  }

  @Test("timm's names are read; a part without meaning is named")
  func names() throws {
    var expected = RandAugment()
    (expected.level, expected.levelDeviation, expected.isIncreasing) = (9, 0.5, true)
    #expect(try AugmentationPolicy("rand-m9-mstd0.5-inc1") == .randAugment(expected))
    (expected.count, expected.probability, expected.levelLimit) = (3, 0.7, 15)
    #expect(try AugmentationPolicy("rand-m9-n3-p0.7-mmax15-mstd0.5-inc1") == .randAugment(expected))
    #expect(try AugmentationPolicy("rand-inc0") == .randAugment(RandAugment()))
    #expect(
      try AugmentationPolicy("v0-mstd0.5") == .autoAugment(AutoAugment(.v0, levelDeviation: 0.5)))
    for (text, part) in [
      ("", ""), ("v1", "v1"), ("rand-", ""), ("rand-9", "9"), ("rand-m", "m"),
      ("rand-m9.5", "m9.5"),
      ("rand-p2", "p2"), ("rand-x1", "x1"), ("original-m9", "m9"), ("rand-m-1", "m"),
      ("rand-n0", "n0"), ("rand-inc2", "inc2"), ("rand-mstdinf", "mstdinf"),
    ] {
      #expect(throws: PolicyError(text: text, part: part)) { try AugmentationPolicy(text) }
    }
  }

  @Test("A jitter has all three operations in each of the six orders, within its bounds")
  func jitter() {
    var orders: Set<[String]> = []
    for sample in 0..<200 {
      let key = RandomKey(seed: 5, purpose: .policy, sample: sample)
      let plan = ColorJitter(strength: 0.4).plan(key: key)
      var names: [String] = []
      for operation in plan {
        switch operation {
        case .brightness(let factor), .contrast(let factor), .color(let factor):
          #expect(0.6 <= factor && factor <= 1.4)
        default: Issue.record("\(operation)")
        }
        names.append(String("\(operation)".prefix { $0 != "(" }))
      }
      #expect(Set(names).count == 3)
      orders.insert(names)
    }
    #expect(orders.count == 6)
  }
}

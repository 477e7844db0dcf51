import Randomness
import Testing

@testable import Imaging

@Suite("Mixing")
struct MixingTests {
  private struct Box: Decodable {
    let rows, columns, row, column: Int
    let share: Float
    let box: [Int]
    let corrected: Double
  }

  @Test("CutMix takes timm's rectangle, and its share is what is left")
  func boxes() throws {
    for one in try cases("boxes", as: Box.self) {
      let box = Mixing.box(
        rows: one.rows, columns: one.columns, share: one.share, centerRow: one.row,
        centerColumn: one.column)
      #expect([box.top, box.left, box.rows, box.columns] == one.box, "\(one)")
      let plan = MixingPlan([.cut(box)], rows: one.rows, columns: one.columns)
      #expect(abs(Double(plan.shares[0]) - one.corrected) <= 0x1p-25)
    }
  }

  private struct Case: Decodable {
    let mode, kind, hash: String
    let count, seed: Int
    let shares: [Float]
    let centers: [[Int]]
    let labels: [Int]
    let target: [[Float]]
  }

  @Test("Mixed inputs are timm's to the last bit, and so are the targets")
  func execution() throws {
    for one in try cases("mixing", as: Case.self) {
      let (channels, rows, columns) = (2, 9, 7)
      func mix(_ draw: Int) -> SampleMix {
        if one.kind == "blend" { return .blend(one.shares[draw]) }
        return .cut(
          Mixing.box(
            rows: rows, columns: columns, share: one.shares[draw],
            centerRow: one.centers[draw][0], centerColumn: one.centers[draw][1]))
      }
      let mixes = (0..<one.count).map { index in
        switch one.mode {
        case "batch": mix(0)
        case "pair": mix(min(index, one.count - 1 - index))
        default: mix(index)
        }
      }
      let plan = MixingPlan(mixes, rows: rows, columns: columns)
      var values = testValues(one.count * channels * rows * columns, seed: one.seed)
      var span = values.mutableSpan
      plan.apply(to: &span, channels: channels)
      let bytes = values.flatMap { value in
        (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * $0)) }
      }
      #expect(hash(bytes) == one.hash, "\(one.mode) \(one.kind) \(one.seed)")
      let partners = plan.partnerLabels(one.labels.map(Int32.init))
      for index in 0..<one.count {
        for label in 0..<5 {
          let own: Float = label == one.labels[index] ? 0.92 : 0.02
          let other: Float = label == Int(partners[index]) ? 0.92 : 0.02
          let target = plan.shares[index] * own + (1 - plan.shares[index]) * other
          #expect(abs(target - one.target[index][label]) < 1e-6)
        }
      }
    }
  }

  private struct Quantiles: Decodable {
    let alpha: Double
    let quantiles: [Double]
  }

  @Test("Shares have the distribution Beta, and 24 bits")
  func shares() throws {
    let count = 20_000
    for one in try cases("shares", as: Quantiles.self) {
      let distribution = BetaDistribution(alpha: one.alpha)
      let shares = (0..<count).map { sample in
        distribution.share(key: RandomKey(seed: 3, purpose: .mixing, sample: sample), at: 8)
      }
      #expect(shares.allSatisfy { 0 <= $0 && $0 <= 1 && ($0 * 0x1p24).rounded() == $0 * 0x1p24 })
      for (index, quantile) in one.quantiles.enumerated() {
        let below = Double(shares.count { Double($0) <= quantile }) / Double(count)
        // Five deviations of 20,000 draws, and what two million leave open.
        #expect(abs(below - Double(index + 1) / 40) < 0.02, "\(one.alpha) \(quantile)")
      }
    }
  }

  @Test("A plan is a function of its key; who shares a draw depends on the mode")
  func plans() {
    for count in [1, 2, 5, 8] {
      for mode in Mixing.Mode.allCases {
        let mixing = Mixing(mixup: 0.8, cutmix: 1, mode: mode)
        let key = RandomKey(seed: 9, purpose: .mixing, time: 5, sample: 3)
        let plan = mixing.plan(count: count, rows: 8, columns: 8, key: key)
        #expect(plan == mixing.plan(count: count, rows: 8, columns: 8, key: key))
        #expect(plan.mixes.count == count)
        if count % 2 == 1 { #expect(plan.mixes[count / 2] == .none && plan.shares[count / 2] == 1) }
        let others = plan.mixes.indices.filter { 2 * $0 + 1 != count }
        let distinct = others.reduce(into: [SampleMix]()) { found, index in
          if !found.contains(plan.mixes[index]) { found.append(plan.mixes[index]) }
        }
        let expected =
          switch mode {
          case .batch: min(1, others.count)
          case .pair: count / 2
          case .elem: others.count
          }
        #expect(distinct.count == expected)
      }
    }
  }

  @Test("Mixup, CutMix and neither come as often as asked for")
  func frequencies() {
    let mixing = Mixing(mixup: 0.8, cutmix: 1, switchProbability: 0.25, probability: 0.75)
    var (none, blended, cut) = (0, 0, 0)
    for step in 0..<8000 {
      let key = RandomKey(seed: 1, purpose: .mixing, time: step)
      switch mixing.plan(count: 2, rows: 16, columns: 16, key: key).mixes[0] {
      case .none: none += 1
      case .blend: blended += 1
      case .cut: cut += 1
      }
    }
    #expect(abs(none - 2000) < 200 && abs(blended - 4500) < 225 && abs(cut - 1500) < 180)
    let only = Mixing(mixup: 0, cutmix: 1)
    let key = RandomKey(seed: 1, purpose: .mixing)
    if case .cut = only.plan(count: 2, rows: 4, columns: 4, key: key).mixes[0] {
    } else {
      Issue.record("CutMix alone does something else")
    }
  }
}

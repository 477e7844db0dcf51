import Datasets
import Testing

@Suite("Order of an epoch")
struct EpochOrderTests {
  @Test("The order is a permutation", arguments: [1, 2, 3, 10, 1797])
  func permutation(count: Int) {
    let order = EpochOrder(seed: 3, epoch: 1, count: count)
    #expect(order.count == count)
    #expect(order[0..<count].sorted() == Array(0..<count))
    #expect((0..<count).map { order[$0] } == order[0..<count])
  }

  @Test("Seed and epoch change it, and nothing else does")
  func pureFunction() {
    let order = EpochOrder(seed: 3, epoch: 1, count: 100)[0..<100]
    #expect(EpochOrder(seed: 3, epoch: 1, count: 100)[0..<100] == order)
    #expect(EpochOrder(seed: 3, epoch: 2, count: 100)[0..<100] != order)
    #expect(EpochOrder(seed: 4, epoch: 1, count: 100)[0..<100] != order)
  }

  @Test("With repeats each sample is visited several times in a row, and an epoch is as long")
  func repeats() {
    let (plain, order) = (
      EpochOrder(seed: 3, epoch: 1, count: 100),
      EpochOrder(seed: 3, epoch: 1, count: 100, repeats: 3)
    )
    #expect(order.count == 100)
    let visits = order[0..<100]
    #expect(visits.map { $0 / 3 } == (0..<100).map { plain[$0 / 3] })
    #expect(visits.map { $0 % 3 } == (0..<100).map { $0 % 3 })
    #expect(order[7..<20] == Array(visits[7..<20]))
  }

  /// Numbers whose change breaks the resumption of every run.
  ///
  /// They were computed by a second implementation, in Python.
  @Test(
    "The numbers are pinned",
    arguments: [
      (
        seed: UInt64(0), epoch: 0,
        samples: [44309, 34272, 33639, 40280, 28265, 34368, 36184, 48947]
      ),
      (seed: 7, epoch: 5, samples: [46579, 1437, 36683, 37889, 19428, 23065, 29578, 6450]),
    ])
  func pinned(seed: UInt64, epoch: Int, samples: [Int]) {
    #expect(EpochOrder(seed: seed, epoch: epoch, count: 60_000)[0..<8] == samples)
  }

  @Test("Every sample comes to every place about equally often")
  func uniform() {
    let (count, epochs) = (5, 5000)
    var places = [Int](repeating: 0, count: count * count)
    for epoch in 0..<epochs {
      let order = EpochOrder(seed: 1, epoch: epoch, count: count)
      for position in 0..<count { places[position * count + order[position]] += 1 }
    }
    // Five standard deviations of a binomial count with probability 1/5.
    let expected = Double(epochs) / Double(count)
    let bound = 5 * (expected * (1 - 1 / Double(count))).squareRoot()
    for place in places { #expect(abs(Double(place) - expected) < bound) }
  }
}

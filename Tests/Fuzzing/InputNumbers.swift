import Randomness

/// The random numbers of one input: a function of the seed and its number alone.
struct InputNumbers: RandomNumberGenerator {
  private let philox: Philox
  private let input: UInt64
  private var position: UInt64 = 0

  init(seed: Int, input: Int) {
    philox = Philox(key: UInt64(seed))
    self.input = UInt64(input)
  }

  mutating func next() -> UInt64 {
    let words = philox.block(high: input, low: position)
    position += 1
    return UInt64(words.y) << 32 | UInt64(words.x)
  }
}

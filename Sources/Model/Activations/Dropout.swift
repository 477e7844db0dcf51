import Kernels
import Randomness

/// Which activations are zero in one step of training: a pure function of seed, step, sample and place.
///
/// - Note: Source: Srivastava et al., "Dropout: A Simple Way to Prevent Neural Networks from Overfitting",
///   2014. The others are scaled by 1 / (1 - probability).
struct Dropout: Sendable {
  let probability: Double
  let seed: UInt64
  let step: Int

  /// The most matrices of a sample for one purpose, and the most blocks of four elements in a matrix.
  private static let (matrices, blocks) = (1 << 12, 1 << 20)

  /// Drops elements of `matrix`, always the same ones for the same arguments.
  ///
  /// - Parameters:
  ///   - matrix: activations of one sample, or their gradient.
  ///   - sample: the number of the sample in its data set.
  ///   - purpose: what the matrix holds.
  ///   - number: distinguishes the matrices of one purpose.
  func apply<Element: Numeral>(
    to matrix: Matrix<Element>, sample: Int, _ purpose: RandomPurpose, number: Int
  ) {
    let rowBlocks = (matrix.columns + 3) / 4
    precondition(
      number < Self.matrices && matrix.rows * rowBlocks <= Self.blocks,
      "dropout in matrix \(number) of \(matrix.rows)×\(matrix.columns)")
    let key = RandomKey(seed: seed, purpose: purpose, time: step, sample: sample)
    let scale = Float(1 / (1 - probability))
    let limit = UInt32(probability * 0x1p32)
    multiply(
      matrix,
      byGroups: { block in
        let words = key.words(number * Self.blocks + block)
        var factors = SIMD4<Float>()
        for lane in 0..<4 { factors[lane] = words[lane] < limit ? 0 : scale }
        return factors
      })
  }
}

import Kernels
import TestSupport
import Testing

@Suite("Affine")
struct AffineTests {
  private static let unit = 0x1p-24

  /// A case at one size, with or without a shift.
  private struct Case {
    let size: TestSize
    let (x, dY): ([Double], [Double])
    let (gain, shift): ([Double], [Double])
    let hasShift: Bool

    init(_ size: TestSize, hasShift: Bool) {
      self.size = size
      self.hasShift = hasShift
      var random = RandomValues(seed: 60)
      (x, dY) = (random.array(size.count), random.array(size.count))
      gain = random.array(size.columns)
      shift = hasShift ? random.array(size.columns) : [Double](repeating: 0, count: size.columns)
    }

    func matrix(_ values: [Double]) -> Matrix<Float> { Matrix(values, columns: size.columns) }

    /// What a gain and a shift have begun with, to which gradients are added.
    func sum() -> Matrix<Float> { matrix([Double](repeating: 0.5, count: size.columns)) }

    var shiftMatrix: Matrix<Float>? { hasShift ? matrix(shift) : nil }
  }

  @Test("Forward is one rounding off the reference", arguments: oddSizes, [true, false])
  func forward(size: TestSize, hasShift: Bool) {
    let affine = Case(size, hasShift: hasShift)
    let (output, inPlace) = (Matrix(zeros: size.rows, size.columns), affine.matrix(affine.x))
    affineForward(
      affine.matrix(affine.x), gain: affine.matrix(affine.gain), shift: affine.shiftMatrix,
      into: output)
    affineForward(
      inPlace, gain: affine.matrix(affine.gain), shift: affine.shiftMatrix, into: inPlace)
    let expected = ReferenceKernels.affine(affine.x, gain: affine.gain, shift: affine.shift)
    for (value, expected) in zip(output.values, expected) {
      #expect(abs(Double(value) - expected) <= Self.unit * abs(expected))
    }
    #expect(inPlace.values == output.values)
    #expect(output.surroundingsAreUntouched && inPlace.surroundingsAreUntouched)
  }

  @Test("Gradients agree with the reference", arguments: oddSizes, [true, false])
  func gradients(size: TestSize, hasShift: Bool) {
    let affine = Case(size, hasShift: hasShift)
    let expected = ReferenceKernels.affineGradients(affine.dY, input: affine.x, gain: affine.gain)
    let magnitudes = ReferenceKernels.affineGradients(
      affine.dY.map(abs), input: affine.x.map(abs), gain: affine.gain)
    func run(_ dY: Matrix<Float>, _ x: Matrix<Float>, _ dX: Matrix<Float>, adding: Bool)
      -> (dGain: [Float], dShift: [Float])
    {
      let (dGain, dShift) = (affine.sum(), affine.sum())
      affineBackward(
        dY, input: x, gain: affine.matrix(affine.gain), dGain: dGain,
        dShift: hasShift ? dShift : nil, into: dX, adding: adding)
      return (dGain.values, dShift.values)
    }
    let (dX, added) = (Matrix(zeros: size.rows, size.columns), affine.matrix(affine.x))
    let sums = run(affine.matrix(affine.dY), affine.matrix(affine.x), dX, adding: false)
    _ = run(affine.matrix(affine.dY), affine.matrix(affine.x), added, adding: true)
    for index in affine.x.indices {
      let gradient = expected.dInput[index]
      #expect(abs(Double(dX.values[index]) - gradient) <= Self.unit * abs(gradient))
      let sum = affine.x[index] + gradient
      #expect(abs(Double(added.values[index]) - sum) <= Self.unit * abs(sum))
    }
    // Each of the R additions rounds a sum that is no larger than that of the magnitudes.
    let roundings = Double(size.rows + 1) * Self.unit
    for column in affine.gain.indices {
      let gain = Double(sums.dGain[column]) - 0.5 - expected.dGain[column]
      #expect(abs(gain) <= roundings * (0.5 + magnitudes.dGain[column]))
      let shift = Double(sums.dShift[column]) - 0.5 - (hasShift ? expected.dShift[column] : 0)
      #expect(abs(shift) <= roundings * (0.5 + magnitudes.dShift[column]))
    }
    let (inPlace, overInput) = (affine.matrix(affine.dY), affine.matrix(affine.x))
    #expect(run(inPlace, affine.matrix(affine.x), inPlace, adding: false) == sums)
    #expect(run(affine.matrix(affine.dY), overInput, overInput, adding: false) == sums)
    #expect(inPlace.values == dX.values && overInput.values == dX.values)
    #expect(dX.surroundingsAreUntouched && added.surroundingsAreUntouched)
  }

  @Test("In bf16 it computes in fp32 and rounds once", arguments: oddSizes)
  func bf16(size: TestSize) {
    let affine = Case(size, hasShift: true)
    let (gain, shift) = (affine.matrix(affine.gain), affine.matrix(affine.shift))
    func short(_ values: [Double]) -> Matrix<BFloat16> {
      Matrix(rounding: values, columns: size.columns)
    }
    func rounded(_ values: [Float]) -> [Float] { values.map { BFloat16(rounding: $0).float } }
    func wide(_ matrix: Matrix<BFloat16>) -> Matrix<Float> {
      affine.matrix(matrix.values.map(Double.init))
    }
    let (x, dY, output) = (short(affine.x), short(affine.dY), short(affine.x))
    let (expected, fromShort) = (affine.matrix(affine.x), affine.matrix(affine.x))
    affineForward(affine.matrix(affine.x), gain: gain, shift: shift, into: output)
    affineForward(affine.matrix(affine.x), gain: gain, shift: shift, into: expected)
    #expect(output.values == rounded(expected.values))
    affineForward(x, gain: gain, shift: shift, into: fromShort)
    affineForward(wide(x), gain: gain, shift: shift, into: expected)
    #expect(fromShort.values == expected.values)

    let sums = [affine.sum(), affine.sum(), affine.sum(), affine.sum()]
    affineBackward(
      dY, input: x, gain: gain, dGain: sums[0], dShift: sums[1], into: output, adding: false)
    affineBackward(
      wide(dY), input: wide(x), gain: gain, dGain: sums[2], dShift: sums[3], into: expected,
      adding: false)
    #expect(output.values == rounded(expected.values))
    #expect(sums[0].values == sums[2].values && sums[1].values == sums[3].values)
    #expect(output.surroundingsAreUntouched)
  }

  @Test(
    "The sums over rows are one chain: in two parts they have the same bits", arguments: oddSizes)
  func chains(size: TestSize) {
    let affine = Case(size, hasShift: true)
    func sums(_ parts: [Range<Int>]) -> [[Float]] {
      let (x, dY) = (affine.matrix(affine.x), affine.matrix(affine.dY))
      let (dGain, dShift) = (affine.sum(), affine.sum())
      for rows in parts {
        affineBackward(
          dY.rows(rows), input: x.rows(rows), gain: affine.matrix(affine.gain), dGain: dGain,
          dShift: dShift, into: dY.rows(rows), adding: false)
      }
      return [dGain.values, dShift.values]
    }
    let middle = size.rows / 2
    #expect(sums([0..<middle, middle..<size.rows]) == sums([0..<size.rows]))
  }
}

extension ReferenceKernels {
  /// Each row times `gain`, plus `shift`.
  public static func affine(_ input: [Double], gain: [Double], shift: [Double]) -> [Double] {
    input.enumerated().map { $1 * gain[$0 % gain.count] + shift[$0 % gain.count] }
  }

  /// The gradients of ``affine(_:gain:shift:)``.
  public static func affineGradients(
    _ dOutput: [Double], input: [Double], gain: [Double]
  ) -> (dInput: [Double], dGain: [Double], dShift: [Double]) {
    let columns = gain.count
    return (
      dOutput.enumerated().map { $1 * gain[$0 % columns] },
      columnSums(zip(dOutput, input).map { $0 * $1 }, columns: columns),
      columnSums(dOutput, columns: columns)
    )
  }
}

extension ReferenceKernels {
  /// Each row normalised, times `gain`, plus `bias`.
  public static func layerNorm(
    _ input: [Double], gain: [Double], bias: [Double], epsilon: Double
  ) -> [Double] {
    let columns = gain.count
    return normalized(input, columns: columns, epsilon: epsilon).values.enumerated().map {
      $1 * gain[$0 % columns] + bias[$0 % columns]
    }
  }

  /// The gradients of ``layerNorm(_:gain:bias:epsilon:)``.
  public static func layerNormGradients(
    _ dOutput: [Double], input: [Double], gain: [Double], epsilon: Double
  ) -> (dInput: [Double], dGain: [Double], dBias: [Double]) {
    let columns = gain.count
    let (z, deviations) = normalized(input, columns: columns, epsilon: epsilon)
    let dZ = dOutput.enumerated().map { $1 * gain[$0 % columns] }
    let dInput = dZ.indices.map { index in
      let row = (index / columns * columns)..<(index / columns * columns + columns)
      let mean = dZ[row].reduce(0, +) / Double(columns)
      let projection = row.map { dZ[$0] * z[$0] }.reduce(0, +) / Double(columns)
      return (dZ[index] - mean - z[index] * projection) * deviations[index / columns]
    }
    return (
      dInput, columnSums(zip(dOutput, z).map { $0 * $1 }, columns: columns),
      columnSums(dOutput, columns: columns)
    )
  }

  /// The normalised values, and 1 / √(variance + ε) of each row.
  private static func normalized(
    _ input: [Double], columns: Int, epsilon: Double
  ) -> (values: [Double], deviations: [Double]) {
    var values: [Double] = []
    var deviations: [Double] = []
    for start in stride(from: 0, to: input.count, by: columns) {
      let row = input[start..<(start + columns)]
      let mean = row.reduce(0, +) / Double(columns)
      let variance = row.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / Double(columns)
      deviations.append(1 / (variance + epsilon).squareRoot())
      values += row.map { ($0 - mean) / (variance + epsilon).squareRoot() }
    }
    return (values, deviations)
  }
}

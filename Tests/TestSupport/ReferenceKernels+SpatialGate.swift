extension ReferenceKernels {
  /// `u ∘ (gate + bias)` with one bias a row.
  public static func spatialGate(_ u: [Double], gate: [Double], bias: [Double]) -> [Double] {
    let columns = u.count / bias.count
    return u.indices.map { u[$0] * (gate[$0] + bias[$0 / columns]) }
  }

  /// The gradients of ``spatialGate(_:gate:bias:)``.
  public static func spatialGateGradients(
    _ dOutput: [Double], u: [Double], gate: [Double], bias: [Double]
  ) -> (dU: [Double], dGate: [Double], dBias: [Double]) {
    let columns = u.count / bias.count
    let dGate = zip(dOutput, u).map { $0 * $1 }
    return (
      dOutput.indices.map { dOutput[$0] * (gate[$0] + bias[$0 / columns]) }, dGate,
      bias.indices.map { dGate[($0 * columns)..<($0 * columns + columns)].reduce(0, +) }
    )
  }
}

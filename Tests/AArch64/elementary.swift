/// The hash of ElementaryTests over the bits of all functions.
@_cdecl("elementary_hash")
public func elementaryHash() -> UInt64 {
  var hash: UInt64 = 14_695_981_039_346_656_037
  func add(_ value: Double) { hash = (hash ^ value.bitPattern) &* 1_099_511_628_211 }
  func each(from first: Double, to last: Double, _ body: (Double) -> Double) {
    for index in 0..<5000 { add(body(first + (last - first) * (Double(index) + 0.37) / 5000)) }
  }
  each(from: -20, to: 20, exponential)
  each(from: 0.01, to: 100, logarithm)
  each(from: -2, to: 2) { cosine(ofTurns: $0) }
  each(from: -40, to: 40) { sineAndCosine($0).sine }
  each(from: -40, to: 40) { sineAndCosine($0).cosine }
  for exponent in 0..<5000 { add(power(0.999, exponent)) }
  return hash
}

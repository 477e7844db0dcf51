/// One damaged file.
struct FuzzInput {
  let seed: FuzzSeed
  let bytes: [UInt8]

  /// The input `number` of a reader: the same in every process.
  init(_ number: Int, seed: Int, of reader: any FuzzedReader) {
    var numbers = InputNumbers(seed: seed, input: number)
    let seeds = reader.seeds
    let chosen = seeds[Int.random(in: 0..<seeds.count, using: &numbers)]
    var bytes = chosen.bytes
    for _ in 0..<Int.random(in: 1...4, using: &numbers) {
      let other = seeds[Int.random(in: 0..<seeds.count, using: &numbers)].bytes
      let mutations = Mutation.allCases
      mutations[Int.random(in: 0..<mutations.count, using: &numbers)]
        .apply(to: &bytes, other: other, words: reader.words, using: &numbers)
    }
    self.seed = chosen
    self.bytes = Bool.random(using: &numbers) ? reader.mend(bytes, of: chosen) : bytes
  }
}

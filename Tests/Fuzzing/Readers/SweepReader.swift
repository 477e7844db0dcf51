import Configuration
import Torture

/// `Sweep`: a file of TOML that names a configuration.
struct SweepReader: FuzzedReader {
  static let name = "sweep"

  let seeds: [FuzzSeed]
  let words: [String]

  init(in folder: String) throws {
    words =
      try TOMLReader(in: folder).words + [
        "[[variant]]\n", "name = \"a\"\n", "set = [\"seed=1\"]\n", "seeds = [0, 1]\n",
        "config = \"base.toml\"\n", "[variant]\n", "variant = []\n", "[grid]\n", "[random]\n",
        "[halving]\n", "count = 3\n", "factor = 2\n", "budget = 100\n", "rungs = 2\n",
        "optimizer.beta1 = [0.5, 0.9]\n", "optimizer.beta2 = { from = 0.5, to = 0.9 }\n",
      ]
    try write(Array(TrainingConfiguration().toml.utf8), to: "\(folder)/base.toml")
    let small = """
      config = "base.toml"
      seeds = [0, 1]
      [[variant]]
      name = "usual"
      [[variant]]
      name = "Three blocks" # deeper
      set = ['model.num_layers=3', "schedule.kind=linear", "data.mean=[0.5]"]
      seeds = [5]

      """
    seeds = [try FuzzSeed(Array(small.utf8), to: "\(folder)/sweep.toml")]
  }

  func read(_ seed: FuzzSeed) throws {
    let sweep = try Sweep(file: seed.path)
    guard sweep.runs.count == sweep.variants.map(\.seeds.count).reduce(0, +) else {
      throw FuzzFinding(
        description: "\(sweep.runs.count) runs of \(sweep.variants.count) variants")
    }
    if try readBytes(of: seed.path).contains(0) {
      throw FuzzFinding(description: "a file with a zero byte is taken")
    }
  }

  func isRefusal(_ error: any Error) -> Bool { error is ConfigurationError }
}

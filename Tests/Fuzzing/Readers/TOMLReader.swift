import Configuration

/// `TrainingConfiguration`: a file of TOML.
struct TOMLReader: FuzzedReader {
  static let name = "toml"

  let seeds: [FuzzSeed]
  let words = [
    "=", "[", "]", "[[", "]]", "{", "}", "\"", "'", "\"\"\"", "'''", "#", "\n", ".", ",", "inf",
    "-nan", "0x", "1979-05-27T07:32:00Z", "1979-05-27", "07:32:00", "9223372036854775808", "-1",
    "1e308", "true", "[model]\n", "[data]\n", "train.epochs = 3\n", "\\u0000", "\\uD800", "\\u000A",
    "\u{0}", "\u{FEFF}", "é", "\r", "\u{B}", "\u{85}", "\u{A0}", "\u{2028}", "\n[=]\n", "[é]", "[}",
    ",}", "\"\"\"\"", "a.b.c.d = 1\n", String(repeating: "[", count: 400),
    String(repeating: "{a=", count: 300),
  ]

  init(in folder: String) throws {
    let path = "\(folder)/run.toml"
    let small = """
      # A model
      seed = 7
      [model]
      image_size = [8, 8]
      patch_size = [4, 4]
      [data]
      format = "digits"
      train = []
      test = ['~/a', "b\\tc"]
      [train]
      steps = 6
      ema_decay = 0.5
      train.threads = 2

      """
    seeds = try [
      FuzzSeed(Array(TrainingConfiguration().toml.utf8), to: path),
      FuzzSeed(Array(small.replacing("train.threads", with: "threads").utf8), to: path),
    ]
  }

  func read(_ seed: FuzzSeed) throws {
    let configuration = try TrainingConfiguration(file: seed.path)
    var again = TrainingConfiguration()
    do {
      try again.apply(toml: configuration.toml, from: "its own text")
    } catch {
      throw FuzzFinding(description: "what was read cannot be read again: \(error)")
    }
    guard again == configuration else {
      throw FuzzFinding(description: "what was read comes back as something else: \(again.toml)")
    }
    try configuration.validate()
    // toml++ reads up to the first zero byte: the rest would be dropped without a word.
    if try readBytes(of: seed.path).contains(0) {
      throw FuzzFinding(description: "a file with a zero byte is taken")
    }
  }

  func isRefusal(_ error: any Error) -> Bool { error is ConfigurationError }
}

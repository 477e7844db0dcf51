import Foundation

/// What a run printed, taken apart.
extension MPIRun {
  /// Standard output, which must be exactly one JSON object and nothing else.
  package func object() throws -> [String: Any] {
    guard
      let object = try JSONSerialization.jsonObject(with: Data(standardOutput.utf8))
        as? [String: Any]
    else { throw MPIRunError(description: "not one JSON object: \(standardOutput)") }
    return object
  }

  /// The lines on standard error except warnings about the settings, which short runs deserve.
  package var complaints: [Substring] {
    standardError.split(separator: "\n")
      .filter { !$0.hasPrefix("gmlp-train: warning: settings: ") }
  }

  /// Whether the program ended with `code` and printed one line about it that contains `words`.
  package func failed(_ code: Int32, _ words: String...) -> Bool {
    let lines = complaints
    return exitCode == code && lines.count == 1 && lines[0].hasPrefix("gmlp-train: ")
      && words.allSatisfy(lines[0].contains)
  }

  /// The lines on standard error, except the one that announces an injected fault, and those that a busy disk causes.
  package var told: [String] {
    standardError.split(separator: "\n").map(String.init)
      .filter {
        !$0.hasPrefix("gmlp-train: GMLP_TRAIN_FAULT=")
          && !$0.hasPrefix("gmlp-train: waiting for the disk to take the checkpoint, for ")
      }
  }

  /// The only one of them.
  package var onlyLine: String {
    get throws {
      guard told.count == 1 else {
        throw MPIRunError(description: "not one line on standard error: \(standardError)")
      }
      return told[0]
    }
  }

  /// The line that gives the digest of the final weights; nil if there is none.
  package var weights: String? {
    standardOutput.split(separator: "\n").last { $0.hasPrefix("weights sha256 ") }.map(String.init)
  }

  /// That line, which must be there.
  package var digest: String {
    get throws {
      guard let weights else {
        throw MPIRunError(description: "no digest of weights: \(standardOutput)\(standardError)")
      }
      return weights
    }
  }
}

extension String {
  /// How long a rank was silent, in seconds, according to a watchdog's line.
  package var silence: Int? { firstMatch(of: /(\d+) s\b/).flatMap { Int($0.1) } }

  /// The line with N in place of these seconds.
  package var withoutSilence: String { replacing(/\d+ s\b/, with: "N s") }
}

import RunSupport

extension MPIRun {
  /// Whether the doctor said one line of this verdict and check with `words`.
  func said(_ verdict: String, _ check: String, _ words: String...) -> Bool {
    said(verdict, check, words)
  }

  /// Whether the doctor ended with 64 and said such a line.
  func found(_ verdict: String, _ check: String, _ words: String...) -> Bool {
    exitCode == 64 && said(verdict, check, words)
  }

  private func said(_ verdict: String, _ check: String, _ words: [String]) -> Bool {
    standardOutput.split(separator: "\n").contains { line in
      line.hasPrefix(verdict) && line.dropFirst(6).hasPrefix(check)
        && words.allSatisfy(line.contains)
    }
  }
}

extension Result where Failure == any Error {
  /// What `body` gives or throws, to be looked at after something else is done.
  init(_ body: () async throws -> Success) async {
    do {
      self = .success(try await body())
    } catch {
      self = .failure(error)
    }
  }
}

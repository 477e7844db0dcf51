import Model

extension TrainingConfiguration {
  /// Throws where a pattern of names stands for no tensor of the model, which has been validated.
  ///
  /// - Throws: ``ConfigurationError`` that names the pattern and the nearest tensors.
  func requireNames() throws(ConfigurationError) {
    let lists = [
      ("optimizer.rate_factors", optimizer.rateFactors),
      ("optimizer.decay_factors", optimizer.decayFactors),
    ]
    if lists.allSatisfy({ $0.1.isEmpty }) { return }
    let names: [String]
    do {
      names = try Model(model).layout.parameters.map(\.name)
    } catch {
      throw ConfigurationError("\(error)")
    }
    for (key, factors) in lists {
      for pattern in factors.map(\.pattern) where !names.contains(where: pattern.matches) {
        throw ConfigurationError(
          "\(key): \(pattern.text.toml) matches no tensor; the nearest are "
            + pattern.nearest(in: names, count: 3).joined(separator: ", "))
      }
    }
  }
}

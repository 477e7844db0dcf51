import Model

extension TrainingConfiguration {
  /// Throws where a pattern of names stands for no tensor of the model, which has been validated, or where all
  /// tensors are frozen.
  ///
  /// - Throws: ``ConfigurationError`` that names the pattern and the nearest tensors.
  func requireNames() throws(ConfigurationError) {
    let lists = [
      ("optimizer.frozen", optimizer.frozen),
      ("optimizer.rate_factors", optimizer.rateFactors.map(\.pattern)),
      ("optimizer.decay_factors", optimizer.decayFactors.map(\.pattern)),
    ]
    if lists.allSatisfy({ $0.1.isEmpty }) { return }
    let names: [String]
    do {
      names = try Model(model).layout.parameters.map(\.name)
    } catch {
      throw ConfigurationError("\(error)")
    }
    for (key, patterns) in lists {
      for pattern in patterns where !names.contains(where: pattern.matches) {
        throw ConfigurationError(
          "\(key): \(pattern.text.toml) matches no tensor; the nearest are "
            + pattern.nearest(in: names, count: 3).joined(separator: ", "))
      }
    }
    guard names.allSatisfy(optimizer.freezes) else { return }
    throw ConfigurationError(
      "optimizer.frozen = \(optimizer.frozen.toml): freezes all \(names.count) tensors, so that nothing "
        + "would learn; leave some out, as in optimizer.frozen=[\"stem.*\", \"blocks.*\", \"norm.*\"]"
    )
  }
}

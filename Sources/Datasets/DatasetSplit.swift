/// Which part of a data set is meant.
public enum DatasetSplit: String, Sendable, Codable, CaseIterable {
  /// The samples to learn from.
  case train
  /// The samples to measure by.
  case test
}

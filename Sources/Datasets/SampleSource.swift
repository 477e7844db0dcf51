/// A set of samples, each accessible by its number.
///
/// A source knows nothing of ranks, epochs or batches, and any thread may ask it.
public protocol SampleSource: Sendable {
  /// Samples, numbered from 0; at least 1.
  var count: Int { get }

  /// The SHA-256 of the content in hexadecimal.
  var digest: String { get }

  /// The names of the classes in the order of their labels; nil if the data have none.
  var classNames: [String]? { get }

  /// Memory that the source takes for its content; what is mapped from plain files takes none.
  var memoryBytes: Int { get }

  /// What makes batches of its samples.
  func batchMaker(_ settings: BatchSettings) -> any BatchMaker
}

extension SampleSource {
  /// Nil: most formats have numbers alone.
  public var classNames: [String]? { nil }

  /// Nothing: the content is mapped from files.
  public var memoryBytes: Int { 0 }
}

/// A set of samples any of which can be had by its number.
///
/// A source knows nothing of ranks, epochs or batches, and any thread may ask it.
public protocol SampleSource: Sendable {
  /// Samples, numbered from 0; at least 1.
  var count: Int { get }

  /// The SHA-256 of the decoded content in hexadecimal.
  var digest: String { get }

  /// Memory that the source takes for its content; what is mapped from plain files takes none.
  var memoryBytes: Int { get }

  /// What makes batches of its samples.
  func batchMaker(_ settings: BatchSettings) -> any BatchMaker
}

extension SampleSource {
  /// Nothing: the content is mapped from files.
  public var memoryBytes: Int { 0 }
}

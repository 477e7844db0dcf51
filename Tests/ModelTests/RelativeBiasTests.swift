import Testing

@testable import Model

@Suite("Relative bias")
struct RelativeBiasTests {
  /// Bucket and how many distances in a row have it, from -200 to 200.
  ///
  /// - Note: Source: the formula of T5's code, computed with PyTorch in single precision.
  private static let expected = [
    (15, 110), (14, 27), (13, 18), (12, 14), (11, 9), (10, 7), (9, 4), (8, 4),
    (7, 1), (6, 1), (5, 1), (4, 1), (3, 1), (2, 1), (1, 1), (0, 1),
    (17, 1), (18, 1), (19, 1), (20, 1), (21, 1), (22, 1), (23, 1), (24, 4),
    (25, 4), (26, 7), (27, 9), (28, 14), (29, 18), (30, 27), (31, 110),
  ]

  @Test("Distances lie in T5's buckets, those beyond 128 in the last")
  func buckets() {
    let expected = Self.expected.flatMap { Array(repeating: $0.0, count: $0.1) }
    #expect((-200...200).map(RelativeBias.bucket) == expected)
  }
}

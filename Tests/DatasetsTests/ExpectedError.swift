import Datasets
import Testing

/// Expects `body` to throw a ``DatasetError`` of one line that points at this place.
func expectError(
  _ code: DatasetError.Code, _ file: String, offset: Int? = nil, mentions words: String...,
  sourceLocation: SourceLocation = #_sourceLocation, body: () throws -> Void
) {
  guard
    let error = #expect(throws: DatasetError.self, sourceLocation: sourceLocation, performing: body)
  else { return }
  #expect(error.code == code, "\(error)", sourceLocation: sourceLocation)
  #expect(error.file == file, "\(error)", sourceLocation: sourceLocation)
  #expect(error.offset == offset, "\(error)", sourceLocation: sourceLocation)
  #expect(!error.description.contains("\n"), "\(error)", sourceLocation: sourceLocation)
  for word in words {
    #expect(error.description.contains(word), "\(error)", sourceLocation: sourceLocation)
  }
}

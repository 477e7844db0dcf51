import CSentencePiece

/// A model of libsentencepiece, loaded; any thread may encode by it.
@safe final class SentencePieceModel: @unchecked Sendable {
  /// The pieces by number.
  let pieces: [String]

  fileprivate let model: OpaquePointer
  fileprivate let file: String

  /// Loads the model whose file, called `file` in errors, has this content.
  init(content: [UInt8], file: String) throws(DatasetError) {
    var loaded: OpaquePointer?
    let failure = unsafe sentencepiece_model_load(content, content.count, &loaded)
    guard let model = unsafe loaded else {
      let reason = unsafe Self.message(failure)
      throw DatasetError(
        .invalid, FileLocation(file), "no SentencePiece model (\(reason)); name another file")
    }
    unsafe self.model = unsafe model
    self.file = file
    pieces = unsafe (0..<sentencepiece_model_piece_count(model)).map { number in
      guard let piece = unsafe sentencepiece_model_piece(model, number) else {
        preconditionFailure("piece \(number) of \(file) is not there")
      }
      return unsafe String(cString: piece)
    }
  }

  deinit {
    unsafe sentencepiece_model_free(model)
  }

  /// The words of a failure, on one line, which is freed.
  static func message(_ failure: OpaquePointer?) -> String {
    guard let failure = unsafe failure else { return "no reason was given" }
    defer { unsafe sentencepiece_failure_free(failure) }
    let text =
      unsafe sentencepiece_failure_message(failure).map { unsafe String(cString: $0) } ?? ""
    // The place in the library's source and the condition, in brackets, say nothing to a user.
    let words = text.firstRange(of: "] ").map { text[$0.upperBound...] } ?? text[...]
    return words.split(whereSeparator: \.isNewline).joined(separator: " ")
  }
}

/// Encodes by a SentencePiece model.
@safe final class SentencePieceEncoder: TextEncoder {
  private let model: SentencePieceModel
  private let numbers: OpaquePointer

  init(_ model: SentencePieceModel) throws(DatasetError) {
    guard let numbers = unsafe sentencepiece_numbers_make() else {
      throw DatasetError(
        .inputOutput, FileLocation(model.file), "no memory to encode; free some memory")
    }
    self.model = model
    unsafe self.numbers = unsafe numbers
  }

  deinit {
    unsafe sentencepiece_numbers_free(numbers)
  }

  func encode(_ line: [UInt8], into tokens: inout [Int32]) throws(DatasetError) {
    try unsafe require(sentencepiece_model_encode(model.model, line, line.count, numbers))
    unsafe tokens.append(
      contentsOf: UnsafeBufferPointer(
        start: sentencepiece_numbers_values(numbers), count: sentencepiece_numbers_count(numbers)))
  }

  func encode(_ text: String, into tokens: inout [PlacedToken]) throws(DatasetError) {
    let bytes = Array(text.utf8)
    try unsafe require(sentencepiece_model_place(model.model, bytes, bytes.count, numbers))
    let places = ScalarPlaces(text)
    for number in unsafe 0..<sentencepiece_numbers_count(numbers) {
      let begin = unsafe Int(sentencepiece_numbers_begins(numbers)[number])
      let end = unsafe Int(sentencepiece_numbers_ends(numbers)[number])
      tokens.append(
        PlacedToken(
          token: unsafe sentencepiece_numbers_values(numbers)[number],
          scalars: places.visible(begin..<end)))
    }
  }

  private func require(_ failure: OpaquePointer?) throws(DatasetError) {
    guard let failure = unsafe failure else { return }
    let reason = unsafe SentencePieceModel.message(failure)
    throw DatasetError(
      .inputOutput, FileLocation(model.file), "SentencePiece cannot encode (\(reason))")
  }
}

/// The tokens of a vocabulary that stand for no text.
public struct SpecialTokens: Sendable, Equatable {
  /// Fills what is left of a sequence: `[PAD]` or `<pad>`.
  public let padding: Int32
  /// Stands for text that the vocabulary has no piece for: `[UNK]` or `<unk>`.
  public let unknown: Int32
  /// Begins a sequence: `[CLS]`, `<cls>` or `<s>`.
  public let start: Int32
  /// Ends a sequence and separates documents in it: `[SEP]`, `<sep>` or `</s>`.
  public let separator: Int32
  /// Stands where a token was hidden: `[MASK]` or `<mask>`.
  public let mask: Int32

  /// All five.
  public var all: [Int32] { [padding, unknown, start, separator, mask] }

  /// Finds them among the pieces of a vocabulary.
  ///
  /// - Throws: ``DatasetError`` that names the one which is not there.
  init(of pieces: [String], file: String) throws(DatasetError) {
    func find(_ names: String...) throws(DatasetError) -> Int32 {
      for name in names {
        if let number = pieces.firstIndex(of: name) { return Int32(number) }
      }
      throw DatasetError(
        .invalid, FileLocation(file),
        "the vocabulary has no \(names.joined(separator: " or ")) for masked language models; name "
          + "one that has, or train one with --vocabulary-size")
    }
    padding = try find("[PAD]", "<pad>")
    unknown = try find("[UNK]", "<unk>")
    start = try find("[CLS]", "<cls>", "<s>")
    separator = try find("[SEP]", "<sep>", "</s>")
    mask = try find("[MASK]", "<mask>")
  }
}

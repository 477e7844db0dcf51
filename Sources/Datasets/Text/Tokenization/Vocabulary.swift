import Digests
import Files

/// The pieces of text that a model knows, by number: a SentencePiece model or a BERT `vocab.txt`.
public struct Vocabulary: Sendable {
  /// The file it was read from, as the user named it.
  public let file: String

  /// The pieces, by number.
  public let pieces: [String]

  /// The tokens that are not text.
  public let special: SpecialTokens

  /// The numbers of all pieces but the special ones, ascending.
  public let ordinary: [Int32]

  /// The content of the file.
  package let content: [UInt8]

  /// The SHA-256 of the content, 32 bytes.
  let digestBytes: [UInt8]

  private let method: Method

  /// For each piece, whether a word begins with it.
  private let startsWord: [Bool]

  /// How text is cut into pieces.
  private enum Method {
    case sentencePiece(SentencePieceModel)
    case wordPiece(WordPieceTrie, WordPieceNormalizer)
  }

  /// More than the pieces of any vocabulary take.
  private static let maximumBytes = 1 << 30

  /// Reads the vocabulary at `path`; its content decides which kind it is.
  ///
  /// - Throws: ``DatasetError`` if it cannot be read, is neither kind, or lacks a special token.
  public init(contentsOf path: String) throws(DatasetError) {
    let file = try OpenFile(reading: path)
    try self.init(content: try file.contents(atMost: Self.maximumBytes), file: path)
  }

  /// The vocabulary whose file, called `file` in errors, has this content.
  ///
  /// Content that is neither kind is named, where its first bytes tell what it is.
  init(content: [UInt8], file: String) throws(DatasetError) {
    do throws(DatasetError) {
      try self.init(reading: content, file: file)
    } catch {
      guard error.code == .invalid, !content.isEmpty, let kind = FileKind(of: content),
        !kind.isPlainText
      else {
        throw error
      }
      throw DatasetError(
        .invalid, FileLocation(file),
        kind.insteadOf(
          "a vocabulary", advice: "name a SentencePiece model or a vocab.txt, one piece per line"))
    }
  }

  private init(reading content: [UInt8], file: String) throws(DatasetError) {
    self.file = file
    self.content = content
    var hasher = SHA256()
    hasher.update(content.span)
    digestBytes = hasher.bytes
    // A model begins with the tag of its first piece, a byte that no vocab.txt begins with.
    if content.first == 0x0a {
      let model = try SentencePieceModel(content: content, file: file)
      pieces = model.pieces
      method = .sentencePiece(model)
      startsWord = pieces.map { $0.utf8.starts(with: Self.wordMark) }
    } else {
      pieces = try Self.lines(content, file: file)
      let isCased = pieces.contains { piece in
        piece.utf8.first != UInt8(ascii: "[")
          && piece.unicodeScalars.contains { ("A"..."Z").contains($0) }
      }
      method = .wordPiece(
        try WordPieceTrie(pieces, file: file), WordPieceNormalizer(isCased: isCased))
      startsWord = pieces.map { !$0.utf8.starts(with: WordPieceTrie.continuationMark) }
    }
    special = try SpecialTokens(of: pieces, file: file)
    let specials = special.all
    ordinary = (0..<Int32(pieces.count)).filter { !specials.contains($0) }
    guard ordinary.count > 0 else {
      throw DatasetError(
        .invalid, FileLocation(file), "the vocabulary has only special tokens; name another")
    }
  }

  /// The number of pieces.
  public var count: Int { pieces.count }

  /// The SHA-256 of the file in hexadecimal.
  public var digest: String { hexadecimal(digestBytes) }

  /// What it is, for people.
  public var kind: String {
    switch method {
    case .sentencePiece: "SentencePiece"
    case .wordPiece(_, let normalizer):
      normalizer.isCased ? "WordPiece, cased" : "WordPiece, uncased"
    }
  }

  /// The names that its file may have in a folder of shards.
  static let fileNames = ["vocabulary.model", "vocabulary.txt"]

  /// The name of its file in a folder of shards.
  var fileName: String {
    switch method {
    case .sentencePiece: Self.fileNames[0]
    case .wordPiece: Self.fileNames[1]
    }
  }

  /// Something that turns text into tokens, for one thread.
  ///
  /// - Throws: ``DatasetError`` if memory runs out.
  public func makeEncoder() throws(DatasetError) -> any TextEncoder {
    switch method {
    case .sentencePiece(let model): try SentencePieceEncoder(model)
    case .wordPiece(let trie, let normalizer):
      WordPieceEncoder(trie: trie, normalizer: normalizer, unknown: special.unknown)
    }
  }

  /// Whether a word begins with the piece `token`; special tokens are words of their own.
  public func startsWord(_ token: Int32) -> Bool {
    startsWord[Int(token)] || special.all.contains(token)
  }

  /// What is used inside a word in place of `token`, which begins one: nothing, if it is only the mark
  /// of a beginning; `token` itself, if the vocabulary has no such piece.
  public func insideWord(_ token: Int32) -> [Int32] {
    let piece = Array(pieces[Int(token)].utf8)
    let inside: [UInt8]
    switch method {
    case .sentencePiece:
      guard piece.starts(with: Self.wordMark) else { return [token] }
      inside = Array(piece.dropFirst(Self.wordMark.count))
    case .wordPiece:
      guard startsWord[Int(token)] else { return [token] }
      inside = WordPieceTrie.continuationMark + piece
    }
    if inside.isEmpty { return [] }
    return [pieces.firstIndex { Array($0.utf8) == inside }.map { Int32($0) } ?? token]
  }

  /// The text of `tokens`, special ones by name.
  ///
  /// It is the text that was encoded up to what encoding drops: runs of blanks, and for WordPiece
  /// the blanks around punctuation and, if uncased, capitals and accents.
  public func decode(_ tokens: some Sequence<Int32>) -> String {
    var text: [UInt8] = []
    for token in tokens {
      precondition(0 <= token && token < count, "token \(token) of \(count)")
      let piece = Array(pieces[Int(token)].utf8)
      if special.all.contains(token) {
        text += [Self.blank] + piece + [Self.blank]
        continue
      }
      switch method {
      case .sentencePiece: text += piece
      case .wordPiece:
        let mark = WordPieceTrie.continuationMark
        text += piece.starts(with: mark) ? piece.dropFirst(mark.count) : [Self.blank] + piece
      }
    }
    if case .sentencePiece = method { text.replace(Self.wordMark, with: [Self.blank]) }
    let words = text.split(separator: Self.blank).joined(separator: [Self.blank])
    return String(decoding: Array(words), as: UTF8.self)
  }

  // Bytes are compared, never strings: Swift takes a letter and its accent for one character, and
  // for equal to the composed one, which are different pieces.

  /// What SentencePiece writes for a blank: U+2581.
  private static let wordMark = Array("\u{2581}".utf8)

  private static let blank = UInt8(ascii: " ")

  /// The lines of a `vocab.txt`, each a piece.
  private static func lines(_ content: [UInt8], file: String) throws(DatasetError) -> [String] {
    var validator = UTF8Validator(position: 0)
    if let error = validator.firstError(in: content) ?? validator.errorAtEnd {
      throw DatasetError(
        .invalid, FileLocation(file, offset: error),
        "no vocabulary: neither a SentencePiece model nor UTF-8 text with one piece per line")
    }
    var pieces: [String] = []
    var known: Set<ArraySlice<UInt8>> = []
    let text = content[FileKind.byteOrderMarkLength(content)...]
    for var line in text.split(separator: 0x0a, omittingEmptySubsequences: false) {
      let offset = line.startIndex
      if line.last == 0x0d { line.removeLast() }
      if line.isEmpty && offset == content.count { break }
      let piece = String(decoding: line, as: UTF8.self)
      guard !line.isEmpty, known.insert(line).inserted else {
        throw DatasetError(
          .invalid, FileLocation(file, offset: offset),
          "line \(pieces.count + 1) of the vocabulary is empty or was there before ('\(piece)'); "
            + "name a vocab.txt with one piece per line")
      }
      pieces.append(piece)
    }
    return pieces
  }
}

/// The tokens of a vocabulary that are not text.
public struct SpecialTokens: Sendable, Equatable {
  /// Fills the rest of a sequence: `[PAD]` or `<pad>`.
  public let padding: Int32
  /// Replaces text that the vocabulary has no piece for: `[UNK]` or `<unk>`.
  public let unknown: Int32
  /// Begins a sequence: `[CLS]`, `<cls>` or `<s>`.
  public let start: Int32
  /// Ends a sequence and separates documents in it: `[SEP]`, `<sep>` or `</s>`.
  public let separator: Int32
  /// Replaces a hidden token: `[MASK]` or `<mask>`.
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

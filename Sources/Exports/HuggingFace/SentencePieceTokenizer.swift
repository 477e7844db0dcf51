import Datasets
import Foundation

/// The `tokenizer.json` that cuts text as a SentencePiece model does.
///
/// - Note: Sources: google/sentencepiece, sentencepiece_model.proto; huggingface/tokenizers.
struct SentencePieceTokenizer {
  private var pieces: [(text: String, score: Float, kind: UInt64)] = []
  /// How characters are normalised, in the form of the library.
  private var characters: ArraySlice<UInt8> = []
  private var isUnigram = true
  private let special: SpecialTokens

  /// Kinds of pieces that text cannot have.
  private static let (unknown, control, byte): (UInt64, UInt64, UInt64) = (2, 3, 6)

  /// The tokenizer of a vocabulary, which is a model of SentencePiece.
  init(_ vocabulary: Vocabulary) {
    special = vocabulary.special
    for (field, value) in ProtocolBufferFields(vocabulary.content[...]) {
      guard case .bytes(let message) = value else { continue }
      switch field {
      case 1: addPiece(message)
      case 2: readTrainer(message)
      case 3: readNormalizer(message)
      default: continue
      }
    }
  }

  private mutating func addPiece(_ message: ArraySlice<UInt8>) {
    var piece = (text: "", score: Float(0), kind: UInt64(1))
    for (field, value) in ProtocolBufferFields(message) {
      switch (field, value) {
      case (1, .bytes(let text)): piece.text = String(decoding: text, as: UTF8.self)
      case (2, .fixed32(let bits)): piece.score = Float(bitPattern: bits)
      case (3, .integer(let kind)): piece.kind = kind
      default: continue
      }
    }
    pieces.append(piece)
  }

  private mutating func readTrainer(_ message: ArraySlice<UInt8>) {
    for (field, value) in ProtocolBufferFields(message) where field == 3 {
      isUnigram = value == .integer(1)
    }
  }

  private mutating func readNormalizer(_ message: ArraySlice<UInt8>) {
    for (field, value) in ProtocolBufferFields(message) {
      if field == 2, case .bytes(let map) = value { characters = map }
    }
  }

  /// The file; nil if the model is not one of unigrams, which is the only kind that is written here.
  var json: JSONValue? {
    guard isUnigram else { return nil }
    let metaspace = JSONValue.object([
      "type": .text("Metaspace"), "replacement": .text("\u{2581}"),
      "prepend_scheme": .text("always"), "split": .flag(true),
    ])
    return .object([
      "version": .text("1.0"), "truncation": .null, "padding": .null,
      "added_tokens": .list(added), "normalizer": normalizer, "pre_tokenizer": metaspace,
      "decoder": metaspace, "post_processor": template,
      "model": .object([
        "type": .text("Unigram"), "unk_id": .integer(Int(special.unknown)),
        "byte_fallback": .flag(pieces.contains { $0.kind == Self.byte }),
        "vocab": .list(pieces.map { .list([.text($0.text), .number(Double($0.score))]) }),
      ]),
    ])
  }

  private var added: [JSONValue] {
    pieces.enumerated().filter { [Self.unknown, Self.control].contains($0.element.kind) }
      .map { number, piece in
        .object([
          "id": .integer(number), "content": .text(piece.text), "special": .flag(true),
          "single_word": .flag(false), "lstrip": .flag(false), "rstrip": .flag(false),
          "normalized": .flag(false),
        ])
      }
  }

  private var normalizer: JSONValue {
    var steps: [JSONValue] = []
    if !characters.isEmpty {
      steps.append(
        .object([
          "type": .text("Precompiled"),
          "precompiled_charsmap": .text(Data(characters).base64EncodedString()),
        ]))
    }
    steps.append(
      .object([
        "type": .text("Strip"), "strip_left": .flag(true), "strip_right": .flag(true),
      ]))
    steps.append(
      .object([
        "type": .text("Replace"), "pattern": .object(["Regex": .text(" {2,}")]),
        "content": .text(" "),
      ]))
    return .object(["type": .text("Sequence"), "normalizers": .list(steps)])
  }

  /// `[CLS] A [SEP]`, and `[CLS] A [SEP] B [SEP]`.
  private var template: JSONValue {
    func token(_ number: Int32, _ text: Int) -> JSONValue {
      .object([
        "SpecialToken": .object([
          "id": .text(pieces[Int(number)].text), "type_id": .integer(text),
        ])
      ])
    }
    func sequence(_ name: String, _ text: Int) -> JSONValue {
      .object(["Sequence": .object(["id": .text(name), "type_id": .integer(text)])])
    }
    let first = [token(special.start, 0), sequence("A", 0), token(special.separator, 0)]
    let second = [sequence("B", 1), token(special.separator, 1)]
    var tokens: [String: JSONValue] = [:]
    for number in [special.start, special.separator] {
      let text = pieces[Int(number)].text
      tokens[text] = .object([
        "id": .text(text), "ids": .list([.integer(Int(number))]), "tokens": .list([.text(text)]),
      ])
    }
    return .object([
      "type": .text("TemplateProcessing"), "single": .list(first), "pair": .list(first + second),
      "special_tokens": .object(tokens),
    ])
  }
}

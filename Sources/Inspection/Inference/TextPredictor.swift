import Batches
import Configuration
import Datasets
import Foundation
import Kernels
import Model
import Platform
import Train

/// Fills hidden places of text.
public struct TextPredictor {
  /// The text that marks a hidden piece.
  public static let mask = "[MASK]"

  private let trained: TrainedModel
  private let vocabulary: Vocabulary
  private let arena: Arena
  private let operands: Operands
  /// Threads that multiply along with the one that fills.
  let helpers: [ProductHelper]

  /// A predictor.
  ///
  /// - Parameters:
  ///   - trained: the model and its weights.
  ///   - file: that of the vocabulary that the model was trained with; nil: the one beside
  ///     its training set.
  ///   - threads: at least one; nil for as many as there are processors for this process. More than one need products
  ///     that can be shared.
  /// - Throws: `DatasetError` or ``CommandError`` for a vocabulary that is not there or not the model's; `BLASError`;
  ///   `ThreadError` if the system grants no thread.
  public init(
    _ trained: TrainedModel, vocabulary file: String?, threads: Int? = nil
  ) throws {
    let threads = try threads ?? Predictor.defaultThreads()
    precondition(threads > 0, "\(threads) threads")
    try trained.model.products.prepare(workers: 1)
    self.trained = trained
    vocabulary = try trained.trainingVocabulary(in: file)
    operands = trained.model.makeOperands()
    operands.update(from: trained.weights, 0..<trained.weights.count)
    arena = trained.model.makeArena(microBatchSize: 1)
    helpers = try trained.model.products.helpers(for: threads)
    arena.share(with: helpers)
  }

  /// Fills the places of `text`.
  ///
  /// The rest of the sequence holds the same text again and again, each copy after a separator, as
  /// documents follow each other in training.
  ///
  /// - Parameters:
  ///   - text: has at least one ``mask``.
  ///   - top: how many pieces are given for each place.
  /// - Throws: ``CommandError`` (64) for a text without a place or too long, `DatasetError`.
  /// - Returns: the most probable pieces of every place.
  public func fill(_ text: String, top: Int) throws -> FilledText {
    let content = try tokens(of: text)
    let sizes = trained.configuration.model
    let special = vocabulary.special
    let places = content.indices.filter { content[$0] == special.mask }
    guard !places.isEmpty else {
      throw CommandError("'\(text)': has no \(Self.mask) to fill; write one", exitCode: .usage)
    }
    guard content.count <= sizes.sequenceLength - 2, places.count <= sizes.predictions else {
      throw CommandError(
        "'\(text)': has \(content.count) pieces, \(places.count) of them hidden; the model takes "
          + "\(sizes.sequenceLength - 2), with \(sizes.predictions) hidden: shorten it",
        exitCode: .usage)
    }
    var sequence = [special.start]
    while sequence.count + content.count + 1 <= sizes.sequenceLength {
      sequence += content + [special.separator]
    }
    sequence += repeatElement(special.padding, count: sizes.sequenceLength - sequence.count)
    let positions = places.map { Int32($0 + 1) }
    let unused = repeatElement(Int32(0), count: sizes.predictions - places.count)
    let logits = trained.model.logits(
      .text(tokens: sequence, positions: positions + unused), count: 1, weights: trained.weights,
      operands: operands, arena: arena)
    var filled = content
    let masks = try places.enumerated().map { number, place in
      let scores = logits[number * vocabulary.count..<(number + 1) * vocabulary.count]
      let best = try trained.mostProbable(scores, top: top)
      filled[place] = Int32(best[0].label)
      return best.map {
        FilledText.Candidate(
          token: $0.label, piece: vocabulary.pieces[$0.label], probability: $0.probability)
      }
    }
    return FilledText(text: text, filled: vocabulary.decode(filled), masks: masks)
  }

  /// The pieces of the parts between the hidden places, with those.
  ///
  /// A part that follows a place without a blank continues the word of that place.
  package func tokens(of text: String) throws -> [Int32] {
    var encoder = try vocabulary.makeEncoder()
    var tokens: [Int32] = []
    for (number, part) in text.components(separatedBy: Self.mask).enumerated() {
      if number > 0 { tokens.append(vocabulary.special.mask) }
      var pieces = try encoder.encode(part)
      if number > 0, let first = pieces.first, part.first?.isWhitespace == false {
        pieces.replaceSubrange(0..<1, with: vocabulary.insideWord(first))
      }
      tokens += pieces
    }
    return tokens
  }
}

import Batches
import Foundation
import Kernels
import Model
import TestSupport
import Testing

@testable import Transfer

/// Tensors that are made to fit a model of text of another length.
@Suite("Tensors for other lengths of text")
struct SequenceChangeTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// A model of sequences of `tokens`.
  private func model(
    _ kind: ModelKind = .gmlp, tokens: Int, _ change: (inout ModelConfiguration) -> Void = { _ in }
  ) throws -> Model {
    var configuration = ModelConfiguration()
    configuration.kind = kind
    configuration.input = .text
    (configuration.vocabularySize, configuration.sequenceLength) = (31, tokens)
    configuration.predictionsPerSequence = 3
    (configuration.dModel, configuration.dFFN, configuration.numLayers) = (8, 18, 2)
    if kind == .mixer { configuration.dToken = 5 }
    change(&configuration)
    return try Model(configuration)
  }

  private func weights(_ model: Model) -> FloatBuffer {
    let weights = FloatBuffer(count: model.layout.count)
    for (number, parameter) in model.layout.parameters.enumerated() {
      let values = (0..<parameter.range.count).map { index in
        let step = Float((index + 31 * number) * 7919 % 1009)
        return 0.3 * (step / 504 - 1)
      }
      weights.set(values, at: parameter.range.lowerBound)
    }
    return weights
  }

  /// The weights of `target` that are read from a file of those of `source`, and what is said about them.
  private func adapted(
    _ source: Model, to target: Model, _ change: (inout WeightsFile.Tolerance) -> Void = { _ in }
  ) throws -> (weights: FloatBuffer, remarks: [String]) {
    let given = weights(source)
    var file = SafeTensorsBytes()
    for parameter in source.layout.parameters {
      let data = given.values(parameter.range).flatMap { value in
        (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * $0)) }
      }
      file.tensors[parameter.name] = SafeTensorsBytes.Tensor(
        type: "F32", shape: parameter.shape, data: data)
    }
    try folder.write(file.bytes, to: "given.safetensors")
    var tolerance = WeightsFile.Tolerance()
    tolerance.otherSizes = true
    change(&tolerance)
    let result = FloatBuffer(count: target.layout.count)
    target.initializeWeights(result, seed: 1)
    let remarks = try WeightsFile("\(folder.path)/given.safetensors")
      .load(into: result, target, tolerance)
    return (result, remarks)
  }

  /// W of the first block as a matrix.
  private func matrix(_ model: Model, _ weights: FloatBuffer) throws -> [[Float]] {
    let n = model.configuration.sequenceLength
    let parameter = try #require(model.layout["blocks.0.mlp_channels.gate.proj.weight"])
    let values = weights.values(parameter.range)
    let isToeplitz = model.configuration.toeplitz
    return (0..<n).map { row in
      (0..<n).map { column in
        isToeplitz ? values[column - row + n - 1] : values[row * n + column]
      }
    }
  }

  private func logits(_ model: Model, _ weights: FloatBuffer, _ tokens: [Int32]) -> [Float] {
    let operands = model.makeOperands()
    return model.logits(
      .text(tokens: tokens, positions: [0, 2, 5]), count: 1, weights: weights, operands: operands,
      arena: model.makeArena(microBatchSize: 1))
  }

  @Test("Cropped, W is the corner of the old one, and b its beginning", arguments: [true, false])
  func crop(toeplitz: Bool) throws {
    let (source, target) = (
      try model(tokens: 11) { $0.toeplitz = toeplitz },
      try model(tokens: 7) { $0.toeplitz = toeplitz }
    )
    let (found, remarks) = try adapted(source, to: target)
    let (given, name) = (weights(source), "blocks.0.mlp_channels.gate.proj.bias")
    let corner = try matrix(source, given).prefix(7).map { Array($0.prefix(7)) }
    #expect(try matrix(target, found) == corner)
    let bias = given.values(try #require(source.layout[name]).range).prefix(7)
    #expect(found.values(try #require(target.layout[name]).range) == Array(bias))
    #expect(remarks.count == 1)
    #expect(
      remarks.first?.hasSuffix("sequences of 11 tokens there, 7 here: 4 tensors cropped") == true)
    for parameter in target.layout.parameters where !parameter.name.contains("gate.proj") {
      let old = try #require(source.layout[parameter.name]).range
      #expect(found.values(parameter.range) == given.values(old), "\(parameter.name)")
    }
  }

  @Test("Grown, W has the old corner, 0 for greater distances, and b continues with 1")
  func growth() throws {
    let (source, target) = (
      try model(tokens: 7) { $0.toeplitz = true }, try model(tokens: 12) { $0.toeplitz = true }
    )
    let (found, remarks) = try adapted(source, to: target)
    let (old, new) = (try matrix(source, weights(source)), try matrix(target, found))
    for row in 0..<12 {
      for column in 0..<12 {
        let distance = column - row
        let expected = abs(distance) > 6 ? 0 : distance < 0 ? old[-distance][0] : old[0][distance]
        #expect(new[row][column] == expected)
      }
    }
    let bias = try #require(target.layout["blocks.1.mlp_channels.gate.proj.bias"]).range
    #expect(found.values(bias).suffix(5).allSatisfy { $0 == 1 })
    #expect(remarks.first?.hasSuffix("7 tokens there, 12 here: 4 tensors extended") == true)
  }

  @Test(
    "Masked, a longer model gives the old logits for what fits into the old one", arguments: [0, 3])
  func function(attentionSize: Int) throws {
    func masked(_ configuration: inout ModelConfiguration) {
      (configuration.toeplitz, configuration.attentionSize) = (true, attentionSize)
      (configuration.paddingToken, configuration.maskPadding) = (0, true)
    }
    let source = try model(tokens: 7, masked)
    let target = try model(tokens: 12, masked)
    let tokens: [Int32] = [3, 4, 5, 9, 30, 2, 8]
    let before = logits(source, weights(source), tokens)
    let after = logits(
      target, try adapted(source, to: target).weights,
      tokens + [Int32](repeating: 0, count: 5))
    #expect(before == after)
  }

  @Test("Transformers: relative and rotary positions fit any length, learned ones are cropped")
  func transformers() throws {
    for (positions, changed) in [(Positions.none, 0), (.relative, 0), (.rotary, 0), (.learned, 1)] {
      func set(_ configuration: inout ModelConfiguration) {
        (configuration.numHeads, configuration.positions) = (2, positions)
      }
      let (long, short) = (
        try model(.transformer, tokens: 11, set), try model(.transformer, tokens: 7, set)
      )
      let (found, remarks) = try adapted(long, to: short)
      #expect(remarks.count == changed, "\(remarks)")
      if positions == .learned {
        let name = "position_embedding.weight"
        let old = weights(long).values(try #require(long.layout[name]).range)
        #expect(
          found.values(try #require(short.layout[name]).range) == Array(old.prefix(7 * 8)))
      } else {
        #expect(try adapted(short, to: long).remarks.isEmpty)
      }
    }
  }

  @Test("What cannot grow, and what fits one length only, is refused with both lengths")
  func refused() throws {
    func fault(_ source: Model, _ target: Model) throws -> String {
      let error = try #require(throws: (any Error).self) { try adapted(source, to: target) }
      return "\(error)"
    }
    let free = try fault(model(tokens: 7), model(tokens: 11))
    #expect(free.contains("given.safetensors: blocks.0.mlp_channels.gate.proj.weight is for"))
    #expect(free.contains("sequences of 7 tokens, the model's have 11"))
    #expect(free.contains("a W that is not Toeplitz cannot grow: set model.sequence_length = 7"))
    func learned(_ configuration: inout ModelConfiguration) { configuration.positions = .learned }
    let positions = try fault(
      model(.transformer, tokens: 7, learned), model(.transformer, tokens: 11, learned))
    #expect(positions.contains("learned positions cannot grow"))
    for (source, target) in [(7, 11), (11, 7)] {
      let mixer = try fault(model(.mixer, tokens: source), model(.mixer, tokens: target))
      #expect(
        mixer.contains(
          "blocks.0.mlp_tokens.fc1.weight is for sequences of \(source) tokens, the model's have \(target)"
        ))
      #expect(mixer.contains("a Mixer's layers over the tokens fit one length only"))
    }
    // Another width is no other length.
    let wide = try model(.mixer, tokens: 7) { $0.dToken = 6 }
    #expect(try fault(model(.mixer, tokens: 7), wide).contains("has shape [5, 7]"))
    let broad = try model(.transformer, tokens: 7) {
      learned(&$0)
      $0.dModel = 6
    }
    #expect(try fault(model(.transformer, tokens: 11, learned), broad).contains("has shape"))
    // And without tolerance, as in evaluation, nothing is fitted.
    let (long, short) = (
      try model(tokens: 11) { $0.toeplitz = true }, try model(tokens: 7) { $0.toeplitz = true }
    )
    let strict = try #require(throws: (any Error).self) {
      try adapted(long, to: short) { $0.otherSizes = false }
    }
    #expect("\(strict)".contains("has shape [21], the model needs [13]"))
  }

  @Test("Segments that the file lacks start at 0, and that is said")
  func segments() throws {
    func segmented(_ configuration: inout ModelConfiguration) {
      configuration.toeplitz = true
      (configuration.segments, configuration.separatorToken) = (true, 3)
      configuration.paddingToken = 0
    }
    let (source, target) = (
      try model(tokens: 7) { $0.toeplitz = true }, try model(tokens: 7, segmented)
    )
    let (found, remarks) = try adapted(source, to: target) { $0.newSegments = true }
    #expect(
      remarks.count == 1
        && remarks[0].hasSuffix("there is no segment_embedding.weight: it starts at 0"))
    let tokens: [Int32] = [1, 4, 3, 9, 30, 3, 0]
    #expect(logits(target, found, tokens) == logits(source, weights(source), tokens))
    let strict = try #require(throws: (any Error).self) { try adapted(source, to: target) }
    #expect("\(strict)".contains("no tensor is called segment_embedding.weight"))
  }
}

extension FloatBuffer {
  /// The numbers of `range`.
  fileprivate func values(_ range: Range<Int>) -> [Float] {
    withSpan(range) { span in span.indices.map { span[$0] } }
  }

  /// Replaces the numbers from `start` on.
  fileprivate func set(_ values: [Float], at start: Int) {
    withMutableSpan(start..<start + values.count) { span in
      for index in span.indices { span[index] = values[index] }
    }
  }
}

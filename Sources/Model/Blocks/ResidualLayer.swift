import Kernels
import Profiling
import Randomness

/// A norm, a branch and the shortcut around both: `x + branch(norm(x))`, or `norm(x + branch(x))` where the norm comes
/// last.
///
/// A block is one of these, or several in a row.
struct ResidualLayer: Sendable {
  private let number: Int
  private let name: String
  private let tokens: Int
  private let norm: any Norm
  private let branch: any Branch

  /// The input and the output of the branch, and the gradients of both.
  private let branchInput: OperandSlot
  private let branchOutput: FloatSlot
  private let dBranchOutput: OperandSlot
  private let dBranchInput: FloatSlot

  /// Where the norm comes last: its input, kept for backward.
  private let sum: FloatSlot?

  static func tensors(_ part: BlockPart, _ configuration: ModelConfiguration)
    -> [TensorDeclaration]
  {
    part.norm.tensors(part.normName, width: configuration.dModel)
      + part.branch.tensors(part, configuration)
  }

  /// Layer `number` of the model, which finds its tensors in `layout` and reserves its matrices in `plan`.
  init(
    _ number: Int, _ part: BlockPart, _ configuration: ModelConfiguration,
    _ layout: ParameterLayout, _ plan: inout ActivationPlan
  ) {
    let width = configuration.dModel
    self.number = number
    name = part.blockName
    tokens = configuration.tokens
    norm = part.norm.init(part.normName, rows: tokens, .chunk, layout, &plan)
    branch = part.branch.init(part, configuration, layout, &plan)
    branchInput = plan.operands(rows: tokens, columns: width, .chunk)
    branchOutput = plan.floats(rows: tokens, columns: width, .chunk)
    dBranchOutput = plan.operands(rows: tokens, columns: width, .chunk, backwardOnly: true)
    dBranchInput = plan.floats(rows: tokens, columns: width, .chunk, backwardOnly: true)
    sum = configuration.postNorm ? plan.floats(rows: tokens, columns: width, .subBatch) : nil
  }

  /// From `input` to `output`, both (S·N, D).
  func forward<Element>(
    _ input: FloatSlot, into output: FloatSlot, _ pass: Pass<Element>
  ) throws(ModelError) {
    for chunk in pass.chunks {
      prepareInput(chunk[input], chunk)
      try chunk.check(chunk[branchInput], norm.name, "activation")
      try branch.forward(chunk[branchInput], into: chunk[branchOutput], chunk)
      addBranch(to: chunk[input], into: chunk[sum ?? output], chunk)
      try chunk.check(chunk[sum ?? output], branch.outputName, "activation")
      if let sum {
        norm.forward(chunk[sum], into: chunk[output], chunk)
        try chunk.check(chunk[output], norm.name, "activation")
      }
    }
  }

  /// `dStream` (S·N, D) is the gradient of the output on entry; if `needsInput`, it receives that of the input.
  ///
  /// May overwrite what forward kept, except `input`.
  func backward<Element>(
    _ dStream: FloatSlot, input: FloatSlot, needsInput: Bool, _ pass: Pass<Element>
  ) throws(ModelError) {
    let passesBranch = passesBranch(backward: needsInput)
    for chunk in pass.chunks {
      if let sum {
        // The norm still has the statistics of its last chunk: recompute those of this one.
        norm.forward(chunk[sum], into: chunk[dBranchInput], chunk)
        norm.backward(
          chunk[dStream], input: chunk[sum], into: chunk[dStream], adding: false, chunk)
      }
      prepareInput(chunk[input], chunk)
      scaleGradient(chunk[dStream], chunk)
      try branch.backward(
        chunk[dBranchOutput], input: chunk[branchInput],
        into: passesBranch ? chunk[dBranchInput] : nil, chunk)
      guard passesBranch else { continue }
      if sum == nil {
        norm.backward(
          chunk[dBranchInput], input: chunk[input], into: chunk[dStream], adding: true, chunk)
      } else {
        chunk.enter(.residual)
        add(chunk[dBranchInput], to: chunk[dStream])
      }
      try chunk.check(chunk[dStream], name, "gradient")
    }
  }

  /// The matrix products of a chunk of `samples`: forward, and if `backward` all the way back to the input.
  func products(samples: Int, backward: Bool) -> [LayerProduct] {
    branch.products(samples: samples, backward: passesBranch(backward: backward))
  }

  /// Whether the gradient of the branch's input is needed; a norm before the branch needs it too, if it learns.
  private func passesBranch(backward: Bool) -> Bool {
    backward || (sum == nil && norm.learns)
  }

  /// What the branch takes: the normalised stream, or the stream in the model's precision.
  private func prepareInput<Element>(_ input: Matrix<Float>, _ chunk: Chunk<Element>) {
    if sum == nil {
      norm.forward(input, into: chunk[branchInput], chunk)
    } else {
      chunk.enter(.residual)
      copy(input, to: chunk[branchInput])
    }
  }

  private func addBranch<Element>(
    to input: Matrix<Float>, into output: Matrix<Float>, _ chunk: Chunk<Element>
  ) {
    chunk.enter(.residual)
    var bias = branch.outputBias.map { chunk.weights.matrix($0) }
    if let added = bias, chunk.pass.dropout != nil {
      addBias(added, to: chunk[branchOutput])
      bias = nil
    }
    for (sample, rows) in zip(chunk.samples, input.samples(of: tokens)) {
      chunk.pass.drop(chunk[branchOutput].rows(rows), of: sample, .dropout, number: number)
      residualForward(
        input.rows(rows), branch: chunk[branchOutput].rows(rows), bias: bias,
        scale: chunk.pass.branchScale(sample, layer: number), into: output.rows(rows))
    }
  }

  private func scaleGradient<Element>(_ dStream: Matrix<Float>, _ chunk: Chunk<Element>) {
    chunk.enter(.residual)
    let dBias = branch.outputBias.flatMap { $0.learns ? chunk.gradient.matrix($0) : nil }
    let drops = chunk.pass.dropout != nil
    for (sample, rows) in zip(chunk.samples, dStream.samples(of: tokens)) {
      residualBackward(
        dStream.rows(rows), scale: chunk.pass.branchScale(sample, layer: number),
        dBranch: chunk[dBranchOutput].rows(rows), dBias: drops ? nil : dBias)
      chunk.pass.drop(chunk[dBranchOutput].rows(rows), of: sample, .dropout, number: number)
    }
    if let dBias, drops { biasBackward(chunk[dBranchOutput], dBias: dBias) }
  }
}

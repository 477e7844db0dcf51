import Model

/// How a given tensor becomes that of the same name in a model of images of another size or with other channels, or of
/// text of another length.
///
/// With n tokens in the given weights and n′ in the model, and R (n′, n) of ``GridInterpolation``, the layers over the
/// tokens become `W′ = (n / n′)·R·W·Rᵀ` and `b′ = R·b`. The factor keeps sums over the tokens: where there are more of
/// them, each counts less. Positions are interpolated with antialiasing, and the first layer's channels summed up or
/// repeated, both as timm does. ``SequenceChange`` has the rules for text.
struct TensorAdaptation {
  private enum Change {
    case tokens(GridInterpolation, factor: Double)
    case positions(GridInterpolation)
    case colors(Int)
  }

  /// Why a tensor cannot be adapted, without its name.
  struct Misfit: Error {
    let text: String
  }

  private let shape: [Int]
  private var changes: [(axis: Int, change: Change)] = []
  /// The grids that it goes over from and to, if it does.
  private(set) var grids: (source: TokenGrid, target: TokenGrid)?
  /// The channels of images that it goes over from and to, if it does.
  private(set) var colors: (source: Int, target: Int)?

  /// The lengths of sequences of text that it goes over from and to, if it does.
  private(set) var sequences: SequenceChange?

  /// Whether the tensor is taken as it is.
  var isIdentity: Bool { changes.isEmpty && sequences == nil }

  /// Compares a given shape with that of `parameter`.
  ///
  /// - Parameters:
  ///   - parameter: the tensor of the model.
  ///   - shape: that of the given tensor.
  ///   - grids: the grids of tokens; nil for models of text.
  /// - Throws: ``Misfit`` if a difference is none of images, or of the length of text.
  init(_ parameter: Parameter, from shape: [Int], _ grids: GridChange?) throws(Misfit) {
    self.shape = shape
    let differs = Misfit(text: Self.differs(shape, parameter))
    guard shape.count == parameter.shape.count else { throw differs }
    if grids == nil, let change = try SequenceChange(parameter, from: shape) {
      sequences = change
      return
    }
    for (axis, (given, wanted)) in zip(shape, parameter.shape).enumerated() {
      let meaning = parameter.axes.isEmpty ? .channels : parameter.axes[axis]
      switch meaning {
      case .tokens, .summedTokens, .positions:
        // Text has no grid; for images the grid counts as the same if the sizes agree.
        if given == wanted && grids?.source == nil { continue }
        try goOver(axis, meaning, given, grids, differs)
      case .distances:
        guard let grids else {
          guard given == wanted else { throw differs }
          continue
        }
        guard given == wanted, grids.source == nil || grids.source == grids.target else {
          throw Misfit(text: "is a Toeplitz matrix, which fits one size of images only")
        }
      case .colors:
        guard given > 0 else { throw differs }
        if given != wanted {
          colors = (given, wanted)
          changes.append((axis, .colors(wanted)))
        }
      case .pixels:
        guard given == wanted else {
          throw Misfit(
            text: "has patches of \(Self.size(shape)) pixels, the model's have "
              + "\(Self.size(parameter.shape)); patches are not resampled: set model.patch_size")
        }
      case .channels, .classes:
        guard given == wanted else { throw differs }
      }
    }
  }

  /// What is wrong with a tensor of another shape.
  static func differs(_ shape: [Int], _ parameter: Parameter) -> String {
    "has shape \(shape), the model needs \(parameter.shape); check the sizes under [model]"
  }

  /// Rows and columns of a patch, the last two sizes.
  private static func size(_ shape: [Int]) -> String {
    shape.suffix(2).map(String.init).joined(separator: " × ")
  }

  /// Adds the change of an axis of `given` tokens.
  private mutating func goOver(
    _ axis: Int, _ meaning: TensorAxis, _ given: Int, _ grids: GridChange?, _ differs: Misfit
  ) throws(Misfit) {
    guard let grids else { throw differs }
    let tokens = given - (meaning == .positions ? 1 : 0)
    guard let source = grids.source(of: tokens) else {
      throw grids.source == nil
        ? Misfit(
          text:
            "has \(tokens) tokens, and their number of rows is unknown; give the folder of the run "
            + "instead of its file") : differs
    }
    let target = grids.target
    if source == target { return }
    self.grids = (source, target)
    let interpolation = GridInterpolation(
      from: source, to: target, antialiased: meaning == .positions)
    let change: Change =
      switch meaning {
      case .positions: .positions(interpolation)
      case .summedTokens:
        .tokens(interpolation, factor: Double(source.count) / Double(target.count))
      default: .tokens(interpolation, factor: 1)
      }
    changes.append((axis, change))
  }

  /// The values of the model's tensor, of those of the given one; both row-major.
  func callAsFunction(_ given: [Float]) -> [Float] {
    if let sequences { return sequences(given) }
    var (values, shape) = (given.map(Double.init), shape)
    for (axis, change) in changes {
      let outer = shape[..<axis].reduce(1, *)
      let inner = shape[(axis + 1)...].reduce(1, *)
      switch change {
      case .tokens(let interpolate, let factor):
        values = interpolate(values, outer: outer, inner: inner)
        if factor != 1 { for index in values.indices { values[index] *= factor } }
      case .positions(let interpolate):
        precondition(outer == 1, "positions of \(outer) sequences")
        let places = interpolate(Array(values[inner...]), outer: 1, inner: inner)
        values.replaceSubrange(inner..., with: places)
      case .colors(let count):
        values = Self.recolor(values, outer: outer, from: shape[axis], to: count, inner: inner)
      }
      shape[axis] = values.count / (outer * inner)
    }
    return values.map(Float.init)
  }

  /// One channel gets the sum of all; several get the given ones in turn, scaled so that grey pixels give what they gave.
  ///
  /// - Note: Source: timm, `adapt_input_conv`.
  private static func recolor(
    _ values: [Double], outer: Int, from given: Int, to count: Int, inner: Int
  ) -> [Double] {
    var result: [Double] = []
    result.reserveCapacity(outer * count * inner)
    for block in 0..<outer {
      let start = block * given * inner
      for channel in 0..<count {
        for element in 0..<inner {
          func value(_ channel: Int) -> Double { values[start + channel * inner + element] }
          result.append(
            count == 1
              ? (0..<given).reduce(0) { $0 + value($1) }
              : value(channel % given) * (Double(given) / Double(count)))
        }
      }
    }
    return result
  }
}

import Imaging
import Kernels
import Model
import Reporting

/// Weights as pictures: the filters of the stem, and the matrices that mix tokens, as in figure 3 of the paper.
///
/// Blue is negative, red positive, white zero; all pictures of one kind have one scale.
///
/// - Note: Source: Liu et al., "Pay Attention to MLPs", arXiv:2105.08050, figure 3.
struct LearnedPictures {
  /// A tensor as a picture.
  struct Picture {
    let tensor: String
    let image: RasterImage
  }

  /// The spatial matrices (tokens, tokens) by layer.
  let matrices: [Picture]
  /// The weight at the end of their scale.
  let matrixScale: Float
  /// Toeplitz weights by distance, by layer.
  let distances: [(tensor: String, weights: [Float])]
  /// The first filters of the stem; nil for a model of text.
  let filters: Picture?
  /// The weight at the end of their scale.
  let filterScale: Float
  /// The size of each tensor: its Euclidean norm, and its largest absolute value.
  let norms: [(tensor: String, shape: [Int], norm: Double, largest: Float)]

  /// More make a page too large.
  private static let (maximumMatrices, maximumTokens, maximumFilters) = (36, 512, 64)

  /// The pictures of `trained`.
  init(_ trained: TrainedModel) {
    func values(_ parameter: Parameter) -> [Float] {
      var values: [Float] = []
      trained.weights.withSpan(parameter.range) { span in
        for index in span.indices { values.append(span[index]) }
      }
      return values
    }
    let parameters = trained.model.layout.parameters
    norms = parameters.map { parameter in
      let weights = values(parameter)
      let sum = weights.reduce(0.0) { $0 + Double($1) * Double($1) }
      return (
        tensor: parameter.name, shape: parameter.shape, norm: sum.squareRoot(),
        largest: SignedPicture.largest(weights)
      )
    }
    let square = parameters.filter {
      $0.isSpatialMatrix && $0.shape[0] <= Self.maximumTokens
    }.prefix(Self.maximumMatrices).map { (parameter: $0, weights: values($0)) }
    let scale = SignedPicture.largest(square.flatMap(\.weights))
    matrixScale = scale
    matrices = square.map { matrix in
      Picture(
        tensor: matrix.parameter.name,
        image: SignedPicture.image(
          of: matrix.weights, columns: matrix.parameter.shape[1], scale: scale))
    }
    distances = parameters.filter(\.isToeplitz).prefix(8).map {
      (tensor: $0.name, weights: values($0))
    }
    if let stem = parameters.first(where: { $0.shape.count == 4 }) {
      let weights = values(stem)
      let largest = SignedPicture.largest(weights)
      filterScale = largest
      filters = Picture(
        tensor: stem.name, image: Self.sheet(of: weights, stem.shape, scale: largest))
    } else {
      (filters, filterScale) = (nil, 0)
    }
  }

  /// The filters in rows: those of three channels in colour around grey, others by their first channel.
  private static func sheet(of weights: [Float], _ shape: [Int], scale: Float) -> RasterImage {
    let (channels, rows, columns) = (shape[1], shape[2], shape[3])
    let count = min(shape[0], maximumFilters)
    let perRow = ContactSheet.columns(of: count)
    let factor = max(1, 32 / max(rows, columns))
    let (height, width) = (rows * factor + 2, columns * factor + 2)
    var canvas = Canvas(
      rows: (count + perRow - 1) / perRow * height, columns: perRow * width, channels: 3)
    for filter in 0..<count {
      var bytes = [UInt8](repeating: 0, count: rows * columns * 3)
      for place in 0..<rows * columns {
        for colour in 0..<3 {
          let channel = channels == 3 ? colour : 0
          let weight = weights[(filter * channels + channel) * rows * columns + place]
          let share = scale > 0 && weight.isFinite ? weight / scale : 0
          bytes[place * 3 + colour] = UInt8((127.5 * (1 + share)).rounded())
        }
      }
      canvas.draw(
        RasterImage(rows: rows, columns: columns, channels: 3, bytes: bytes),
        top: filter / perRow * height, left: filter % perRow * width, factor: factor)
    }
    return canvas.image
  }
}

import Imaging
package import Kernels
package import Model
import Reporting

/// What TensorBoard shows of a model's weights: a histogram of each tensor, and pictures of spatial matrices.
package enum WeightPictures {
  /// The most matrices of which there is a picture: many make TensorBoard slow.
  private static let maximumPictures = 4

  /// The weights in `weights`, which are laid out as `layout` says.
  ///
  /// - Throws: `DatasetError` if there is no memory for a picture.
  package static func values(
    _ layout: ParameterLayout, _ weights: FloatBuffer
  ) throws -> [TensorBoardValue] {
    let histograms = layout.parameters.map { parameter in
      TensorBoardValue(
        "weights/\(parameter.name)",
        .histogram(weights.withSpan(parameter.range) { Histogram($0) }))
    }
    let pictures = try chosen(layout.parameters.filter(\.isSpatialMatrix)).map { parameter in
      try TensorBoardValue("spatial/\(parameter.name)", showing: picture(of: parameter, weights))
    }
    return histograms + pictures
  }

  /// Matrices of the whole depth, the first and the last among them.
  private static func chosen(_ all: [Parameter]) -> [Parameter] {
    if all.count <= maximumPictures { return all }
    return (0..<maximumPictures).map { all[$0 * (all.count - 1) / (maximumPictures - 1)] }
  }

  /// The largest weight has its colour in full.
  private static func picture(of parameter: Parameter, _ weights: FloatBuffer) -> RasterImage {
    let values: [Float] = weights.withSpan(parameter.range) { span in
      span.indices.map { span[$0] }
    }
    return SignedPicture.image(
      of: values, columns: parameter.shape[1], scale: SignedPicture.largest(values))
  }
}

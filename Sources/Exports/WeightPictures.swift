import Datasets
import Imaging
package import Kernels
package import Model

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
    let pictures = try chosen(layout.parameters.filter(isSpatial))
      .map { parameter -> TensorBoardValue in
        let picture = Self.picture(of: parameter, weights)
        let png = try PNGEncoder.encode(picture, at: FileLocation(parameter.name))
        return TensorBoardValue(
          "spatial/\(parameter.name)",
          .picture(rows: picture.rows, columns: picture.columns, png: png))
      }
    return histograms + pictures
  }

  /// Whether a tensor mixes tokens by one matrix, of outputs by inputs.
  private static func isSpatial(_ parameter: Parameter) -> Bool {
    parameter.axes == [.tokens, .summedTokens]
  }

  /// Matrices of the whole depth, the first and the last among them.
  private static func chosen(_ all: [Parameter]) -> [Parameter] {
    if all.count <= maximumPictures { return all }
    return (0..<maximumPictures).map { all[$0 * (all.count - 1) / (maximumPictures - 1)] }
  }

  /// A pixel for each weight: white for 0, red for the largest above it, blue for those below.
  private static func picture(of parameter: Parameter, _ weights: FloatBuffer) -> RasterImage {
    let (rows, columns) = (parameter.shape[0], parameter.shape[1])
    let pixels: [UInt8] = weights.withSpan(parameter.range) { values in
      var largest = Float.leastNormalMagnitude
      for index in values.indices where values[index].isFinite {
        largest = max(largest, abs(values[index]))
      }
      var pixels: [UInt8] = []
      pixels.reserveCapacity(3 * values.count)
      for index in values.indices {
        let value = values[index]
        // What is not finite is black.
        guard value.isFinite else {
          pixels += [0, 0, 0]
          continue
        }
        let rest = UInt8((255 * (1 - abs(value) / largest)).rounded())
        let colour: [UInt8] = value > 0 ? [255, rest, rest] : [rest, rest, 255]
        pixels += colour
      }
      return pixels
    }
    return RasterImage(rows: rows, columns: columns, channels: 3, bytes: pixels)
  }
}

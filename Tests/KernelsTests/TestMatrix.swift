import Kernels
import Testing

/// Sizes at which nothing may assume a multiple of the sixteen lanes.
let oddSizes = [(1, 1), (3, 17), (17, 31), (5, 16), (2, 15), (4, 33)].map {
  TestSize(rows: $0.0, columns: $0.1)
}

/// The shape of a test's matrices.
struct TestSize: CustomTestStringConvertible {
  let rows: Int
  let columns: Int
  var count: Int { rows * columns }
  var testDescription: String { "\(rows) × \(columns)" }
}

extension Matrix {
  /// A matrix of the rounded `values`, whose storage is not aligned.
  ///
  /// Around and between the rows it holds NaN.
  init(rounding values: [Double], columns: Int, offset: Int = 3, gap: Int = 2) {
    let rows = values.count / columns
    let stride = columns + gap
    let buffer = Buffer<Element>(count: offset + rows * stride)
    buffer.withMutableSpan(0..<buffer.count) { span in
      for index in span.indices {
        span[index] = Element(rounding: .nan)
      }
      for index in values.indices {
        span[offset + index / columns * stride + index % columns] = Element(
          rounding: Float(values[index]))
      }
    }
    self.init(buffer, at: offset, rows: rows, columns: columns, stride: stride)
  }

  /// Whether what lies around the elements is still NaN.
  var surroundingsAreUntouched: Bool {
    buffer.withSpan(0..<buffer.count) { span in
      span.indices.allSatisfy { index in
        let place = index - offset
        return place >= 0 && place % stride < columns || span[index].float.isNaN
      }
    }
  }
}

extension Matrix where Element == Float {
  /// A matrix of floats; see ``init(rounding:columns:offset:gap:)``.
  init(_ values: [Double], columns: Int, offset: Int = 3, gap: Int = 2) {
    self.init(rounding: values, columns: columns, offset: offset, gap: gap)
  }

  /// A matrix of zeros to be written to.
  init(zeros rows: Int, _ columns: Int) {
    self.init([Double](repeating: 0, count: rows * columns), columns: columns)
  }
}

/// A buffer of `values`.
func buffer(_ values: [Double]) -> FloatBuffer {
  let buffer = FloatBuffer(count: values.count)
  buffer.withMutableSpan(0..<values.count) { span in
    for index in values.indices { span[index] = Float(values[index]) }
  }
  return buffer
}

/// The numbers of `buffer`.
func values(_ buffer: FloatBuffer) -> [Float] {
  buffer.withSpan(0..<buffer.count) { span in span.indices.map { span[$0] } }
}

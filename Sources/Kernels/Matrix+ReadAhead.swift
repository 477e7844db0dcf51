import CLanes

extension Matrix {
  /// Reads the elements once from first to last, so that they lie in a cache afterwards.
  func readAhead() {
    let (height, width) = isTransposed ? (columns, rows) : (rows, columns)
    guard height > 0 else { return }
    let count = (height - 1) * stride + width
    unsafe clanes_read_ahead(buffer.base + offset, count * MemoryLayout<Element>.stride)
  }
}

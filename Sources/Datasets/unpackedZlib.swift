import CZlib

/// What a whole zlib stream unpacks to.
///
/// - Parameters:
///   - packed: the stream.
///   - limit: the most bytes that it may unpack to.
/// - Returns: nil if it is damaged or longer than that.
func unpackedZlib(_ packed: ArraySlice<UInt8>, atMost limit: Int) -> [UInt8]? {
  let input = Array(packed)
  var size = min(max(16 * input.count, 1 << 12), limit)
  while true {
    var output = [UInt8](repeating: 0, count: size)
    var length = UInt(size)
    let status = unsafe uncompress(&output, &length, input, UInt(input.count))
    if status == Z_OK { return Array(output.prefix(Int(length))) }
    guard status == Z_BUF_ERROR, size < limit else { return nil }
    size = min(4 * size, limit)
  }
}

import CSPNG

/// The only caller of libspng: decodes the bytes of one PNG file.
@safe final class PNGDecoder {
  private let path: String
  private let bytes: [UInt8]
  private let context: OpaquePointer

  init(_ path: String, _ bytes: [UInt8]) throws(DatasetError) {
    self.path = path
    self.bytes = bytes
    guard let context = unsafe spng_ctx_new(0) else {
      throw DatasetError(.inputOutput, FileLocation(path), "no memory to decode; free some")
    }
    unsafe self.context = context
  }

  deinit {
    unsafe spng_ctx_free(context)
  }

  /// Returns (rows, columns, 3) bytes of red, green and blue; the size must be the given one.
  func decode(rows: Int, columns: Int) throws(DatasetError) -> [UInt8] {
    var failure: DatasetError?
    var colours: [UInt8] = []
    unsafe bytes.withUnsafeBytes { input in
      do throws(DatasetError) {
        try check(unsafe spng_set_png_buffer(context, input.baseAddress, input.count))
        try checkSize(rows: rows, columns: columns)
        colours = try decodeColours(count: 3 * rows * columns)
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return colours
  }

  private func checkSize(rows: Int, columns: Int) throws(DatasetError) {
    var header = spng_ihdr()
    try check(unsafe spng_get_ihdr(context, &header))
    guard header.height == rows && header.width == columns else {
      // Width and height are the first fields after the signature and the chunk's own header.
      throw DatasetError(
        .invalid, FileLocation(path, offset: 16),
        "the picture has \(header.height)×\(header.width) pixels (rows×columns) but the model "
          + "takes \(rows)×\(columns); scale it first")
    }
  }

  private func decodeColours(count: Int) throws(DatasetError) -> [UInt8] {
    let format = Int32(SPNG_FMT_RGB8.rawValue)
    var size = 0
    try check(unsafe spng_decoded_image_size(context, format, &size))
    precondition(size == count, "libspng wants \(size) bytes for \(count)")
    var colours = [UInt8](repeating: 0, count: count)
    let status = unsafe colours.withUnsafeMutableBytes { output in
      unsafe spng_decode_image(context, output.baseAddress, output.count, format, 0)
    }
    try check(status)
    return colours
  }

  private func check(_ status: Int32) throws(DatasetError) {
    guard status != 0 else { return }
    let reason = unsafe String(cString: spng_strerror(status))
    throw DatasetError(
      .invalid, FileLocation(path), "not a whole PNG file (\(reason)); convert or copy it again")
  }
}

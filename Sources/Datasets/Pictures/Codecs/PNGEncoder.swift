import CSPNG
import Glibc
public import Imaging

/// Encodes pictures as PNG files by libspng.
public enum PNGEncoder {
  /// The file of `picture`.
  ///
  /// - Parameters:
  ///   - picture: grey, or red, green and blue.
  ///   - location: what errors name.
  /// - Throws: ``DatasetError`` if there is no memory for it.
  /// - Returns: the bytes of the file.
  public static func encode(
    _ picture: RasterImage, at location: FileLocation
  ) throws(DatasetError) -> [UInt8] {
    guard let context = unsafe spng_ctx_new(Int32(SPNG_CTX_ENCODER.rawValue)) else {
      throw DatasetError(.inputOutput, location, "no memory to encode; free some")
    }
    defer { unsafe spng_ctx_free(context) }
    var header = spng_ihdr()
    header.width = UInt32(picture.columns)
    header.height = UInt32(picture.rows)
    header.bit_depth = 8
    header.color_type = UInt8(
      picture.channels == 1
        ? SPNG_COLOR_TYPE_GRAYSCALE.rawValue : SPNG_COLOR_TYPE_TRUECOLOR.rawValue)
    let format = Int32(SPNG_FMT_PNG.rawValue)
    let finish = Int32(SPNG_ENCODE_FINALIZE.rawValue)
    try check(unsafe spng_set_ihdr(context, &header), location)
    try check(unsafe spng_set_option(context, SPNG_ENCODE_TO_BUFFER, 1), location)
    let status = unsafe picture.bytes.withUnsafeBytes {
      unsafe spng_encode_image(context, $0.baseAddress, $0.count, format, finish)
    }
    try check(status, location)
    var (size, failure) = (0, Int32(0))
    let output = unsafe spng_get_png_buffer(context, &size, &failure)
    defer { unsafe free(output) }
    try check(failure, location)
    return unsafe Array(UnsafeRawBufferPointer(start: output, count: size))
  }

  private static func check(_ status: Int32, _ location: FileLocation) throws(DatasetError) {
    guard status != 0 else { return }
    let reason = unsafe String(cString: spng_strerror(status))
    throw DatasetError(
      .inputOutput, location, "cannot be encoded as PNG (\(reason)); free some memory")
  }
}

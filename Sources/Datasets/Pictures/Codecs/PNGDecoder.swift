import CSPNG
import Imaging

/// The only caller of libspng: decodes the bytes of one PNG file.
@safe final class PNGDecoder {
  /// What a chunk beside the pixels, such as a text, may take.
  private static let largestChunk = 16 << 20

  private let location: FileLocation
  private let bytes: [UInt8]
  private let context: OpaquePointer

  init(_ location: FileLocation, _ bytes: [UInt8]) throws(DatasetError) {
    self.location = location
    self.bytes = bytes
    guard let context = unsafe spng_ctx_new(0) else {
      throw DatasetError(.inputOutput, location, "no memory to decode; free some")
    }
    unsafe self.context = context
  }

  deinit {
    unsafe spng_ctx_free(context)
  }

  /// What the header says.
  func facts() throws(DatasetError) -> PictureFacts {
    try withInput { () throws(DatasetError) in try readFacts() }
  }

  /// The picture: one channel where it is grey, else three.
  func decode() throws(DatasetError) -> RasterImage {
    try withInput { () throws(DatasetError) in
      let facts = try readFacts()
      let colours = try decodeColours(count: 3 * facts.rows * facts.columns)
      let isGrey = facts.colours == .grey
      return RasterImage(
        rows: facts.rows, columns: facts.columns, channels: isGrey ? 1 : 3,
        bytes: isGrey ? stride(from: 0, to: colours.count, by: 3).map { colours[$0] } : colours)
    }
  }

  private func withInput<Value>(
    _ body: () throws(DatasetError) -> Value
  ) throws(DatasetError) -> Value {
    let result = unsafe bytes.withUnsafeBytes { input in
      Result { () throws(DatasetError) in
        try check(unsafe spng_set_chunk_limits(context, Self.largestChunk, Self.largestChunk))
        try check(unsafe spng_set_png_buffer(context, input.baseAddress, input.count))
        return try body()
      }
    }
    return try result.get()
  }

  private func readFacts() throws(DatasetError) -> PictureFacts {
    var header = spng_ihdr()
    try check(unsafe spng_get_ihdr(context, &header))
    let type = UInt32(header.color_type)
    let colours: PictureFacts.Colours =
      switch type {
      case SPNG_COLOR_TYPE_GRAYSCALE.rawValue, SPNG_COLOR_TYPE_GRAYSCALE_ALPHA.rawValue: .grey
      case SPNG_COLOR_TYPE_INDEXED.rawValue: .palette
      default: .rgb
      }
    var facts = PictureFacts(
      format: .png, rows: Int(header.height), columns: Int(header.width), colours: colours)
    facts.hasAlpha =
      type == SPNG_COLOR_TYPE_GRAYSCALE_ALPHA.rawValue
      || type == SPNG_COLOR_TYPE_TRUECOLOR_ALPHA.rawValue
    facts.isDeep = header.bit_depth == 16
    try facts.checkSize(bytes: bytes.count, at: location)
    return facts
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
    throw .damagedPicture(.png, reason, at: location)
  }
}

import CWebP
import Imaging

/// Decodes WebP files of one picture, lossy or lossless, by libwebp.
struct WebPDecoder {
  private let location: FileLocation

  init(_ location: FileLocation) {
    self.location = location
  }

  /// What the header of `bytes` says.
  func facts(of bytes: [UInt8]) throws(DatasetError) -> PictureFacts {
    var features = WebPBitstreamFeatures()
    let status = unsafe WebPGetFeatures(bytes, bytes.count, &features)
    guard status == VP8_STATUS_OK else {
      throw .damagedPicture(.webp, Self.words(for: status), at: location)
    }
    guard features.has_animation == 0 else {
      throw DatasetError(
        .invalid, location, "this is an animation, not one picture; save the frame that you need")
    }
    var facts = PictureFacts(
      format: .webp, rows: Int(features.height), columns: Int(features.width), colours: .rgb)
    facts.hasAlpha = features.has_alpha != 0
    try facts.checkSize(bytes: bytes.count, at: location)
    return facts
  }

  /// The picture, in three channels.
  func decode(_ bytes: [UInt8]) throws(DatasetError) -> RasterImage {
    let facts = try facts(of: bytes)
    var pixels = [UInt8](repeating: 0, count: 3 * facts.rows * facts.columns)
    let (size, pitch) = (pixels.count, Int32(3 * facts.columns))
    let isDecoded =
      unsafe WebPDecodeRGBInto(bytes, bytes.count, &pixels, size, pitch) != nil
    guard isDecoded else {
      throw .damagedPicture(.webp, "it is cut off or damaged", at: location)
    }
    return RasterImage(rows: facts.rows, columns: facts.columns, channels: 3, bytes: pixels)
  }

  private static func words(for status: VP8StatusCode) -> String {
    switch status {
    case VP8_STATUS_NOT_ENOUGH_DATA: "it ends inside the header"
    case VP8_STATUS_UNSUPPORTED_FEATURE: "a feature that libwebp does not know"
    case VP8_STATUS_OUT_OF_MEMORY: "no memory to decode it"
    default: "the header is damaged"
    }
  }
}

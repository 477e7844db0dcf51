import CTurboJPEG
import Imaging

/// Encodes pictures as JPEG files by TurboJPEG: quality 95, chroma not reduced, the accurate transform.
enum JPEGEncoder {
  static let quality: Int32 = 95

  /// The file of `picture`.
  ///
  /// - Parameters:
  ///   - picture: grey, or red, green and blue.
  ///   - orientation: what its EXIF part says; none is written for 1, which is upright.
  ///   - location: what errors name.
  /// - Throws: ``DatasetError`` if there is no memory for it, or a side is too long for the format.
  /// - Returns: the bytes of the file.
  static func encode(
    _ picture: RasterImage, orientation: Int, at location: FileLocation
  ) throws(DatasetError) -> [UInt8] {
    guard let handle = unsafe tjInitCompress() else {
      throw DatasetError(.inputOutput, location, "no memory to encode; free some")
    }
    var output: UnsafeMutablePointer<UInt8>?
    var size: UInt = 0
    defer {
      unsafe tjFree(output)
      // It fails only for a handle that is none.
      _ = unsafe tjDestroy(handle)
    }
    let isGrey = picture.channels == 1
    let status = unsafe tjCompress2(
      handle, picture.bytes, Int32(picture.columns), 0, Int32(picture.rows),
      (isGrey ? TJPF_GRAY : TJPF_RGB).rawValue, &output, &size,
      Int32((isGrey ? TJSAMP_GRAY : TJSAMP_444).rawValue), quality, TJFLAG_ACCURATEDCT)
    guard status == 0, let start = unsafe output else {
      let reason = unsafe String(cString: tjGetErrorStr2(handle))
      throw DatasetError(
        .invalid, location, "cannot be encoded as JPEG (\(reason)); cut it, or leave it out")
    }
    let file = unsafe Array(UnsafeBufferPointer(start: start, count: Int(size)))
    if orientation == 1 { return file }
    return file.prefix(2) + EXIFOrientation.segment(of: orientation) + file.dropFirst(2)
  }
}

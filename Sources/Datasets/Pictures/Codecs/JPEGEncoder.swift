import CTurboJPEG
import Imaging

/// Encodes pictures as JPEG files by TurboJPEG: quality 95, chroma not reduced, the accurate transform.
enum JPEGEncoder {
  static let quality: Int32 = 95

  /// The file of `picture`; `location` is what errors name.
  static func encode(
    _ picture: RasterImage, at location: FileLocation
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
    return unsafe Array(UnsafeBufferPointer(start: start, count: Int(size)))
  }
}

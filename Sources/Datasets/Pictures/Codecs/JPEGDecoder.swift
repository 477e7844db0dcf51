import CTurboJPEG
import Imaging

/// Decodes JPEG files by TurboJPEG, of one thread at a time.
///
/// The library's own choices are Pillow's too: the accurate inverse transform and smooth chroma.
@safe final class JPEGDecoder {
  private let location: FileLocation
  private let handle: tjhandle

  init(_ location: FileLocation) throws(DatasetError) {
    self.location = location
    guard let handle = unsafe tjInitDecompress() else {
      throw DatasetError(.inputOutput, location, "no memory to decode; free some")
    }
    unsafe self.handle = handle
  }

  deinit {
    // It fails only for a handle that is none.
    _ = unsafe tjDestroy(handle)
  }

  /// What the header of `bytes` says.
  func facts(of bytes: [UInt8]) throws(DatasetError) -> PictureFacts {
    var (columns, rows, sampling, space) = (Int32(0), Int32(0), Int32(0), Int32(-1))
    let status = unsafe tjDecompressHeader3(
      handle, bytes, UInt(bytes.count), &columns, &rows, &sampling, &space)
    // The sampling of chroma may be one that has no name here, and is decoded all the same. A file of tables
    // alone is not an error to the library.
    guard columns > 0 && rows > 0 && space >= 0 else {
      throw status == 0 ? .damagedPicture(.jpeg, "it has no picture", at: location) : failure()
    }
    let colours: PictureFacts.Colours =
      switch UInt32(space) {
      case TJCS_GRAY.rawValue: .grey
      case TJCS_CMYK.rawValue, TJCS_YCCK.rawValue: .cmyk
      default: .rgb
      }
    let facts = PictureFacts(
      format: .jpeg, rows: Int(rows), columns: Int(columns), colours: colours)
    try facts.checkSize(bytes: bytes.count, at: location)
    return facts
  }

  /// The picture: one channel where it is grey, else three.
  func decode(_ bytes: [UInt8]) throws(DatasetError) -> RasterImage {
    let facts = try facts(of: bytes)
    let pixels =
      switch facts.colours {
      case .grey: try decode(bytes, facts, TJPF_GRAY, channels: 1)
      case .cmyk: Self.colours(ofInks: try decode(bytes, facts, TJPF_CMYK, channels: 4))
      case .rgb, .palette: try decode(bytes, facts, TJPF_RGB, channels: 3)
      }
    return RasterImage(
      rows: facts.rows, columns: facts.columns, channels: facts.colours == .grey ? 1 : 3,
      bytes: pixels)
  }

  private func decode(
    _ bytes: [UInt8], _ facts: PictureFacts, _ format: TJPF, channels: Int
  ) throws(DatasetError) -> [UInt8] {
    var pixels = [UInt8](repeating: 0, count: facts.rows * facts.columns * channels)
    let status = unsafe tjDecompress2(
      handle, bytes, UInt(bytes.count), &pixels, Int32(facts.columns),
      Int32(facts.columns * channels), Int32(facts.rows), format.rawValue, TJFLAG_LIMITSCANS)
    if status == 0 { return pixels }
    // Pillow too decodes what the library only warns of, but for a file that is cut off.
    let isWarning = unsafe tjGetErrorCode(handle) == Int32(TJERR_WARNING.rawValue)
    guard isWarning && Self.hasEnd(bytes) else { throw failure() }
    return pixels
  }

  /// Whether the marker of the end follows that of the last scan: what is cut off has none.
  ///
  /// Inside coded data no two bytes look like a marker.
  private static func hasEnd(_ bytes: [UInt8]) -> Bool {
    for index in bytes.indices.dropFirst().reversed() where bytes[index - 1] == 0xff {
      if bytes[index] == 0xd9 { return true }
      if bytes[index] == 0xda { return false }
    }
    return false
  }

  /// (pixels, 3) colours of (pixels, 4) inks, which Adobe stores inverted.
  private static func colours(ofInks inks: [UInt8]) -> [UInt8] {
    var colours: [UInt8] = []
    colours.reserveCapacity(inks.count / 4 * 3)
    for pixel in stride(from: 0, to: inks.count, by: 4) {
      let light = Int(inks[pixel + 3])
      for ink in inks[pixel..<(pixel + 3)] {
        // Rounds the quotient by 255.
        let product = (255 - Int(ink)) * light + 128
        colours.append(UInt8(light - (product + product >> 8) >> 8))
      }
    }
    return colours
  }

  private func failure() -> DatasetError {
    let reason = unsafe String(cString: tjGetErrorStr2(handle))
    return .damagedPicture(.jpeg, reason, at: location)
  }
}

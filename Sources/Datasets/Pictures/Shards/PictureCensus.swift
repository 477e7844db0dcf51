/// What a preparation has met among pictures.
public struct PictureCensus: Sendable, Equatable, Codable {
  /// A picture that was left out.
  public struct Skipped: Sendable, Equatable, Codable {
    /// The file.
    public let file: String
    /// What is wrong with it.
    public let reason: String
  }

  /// Pictures that were taken.
  public private(set) var pictures = 0
  /// JPEG files among them.
  public private(set) var jpeg = 0
  /// PNG files.
  public private(set) var png = 0
  /// WebP files.
  public private(set) var webp = 0
  /// Pictures of one channel.
  public private(set) var grey = 0
  /// Pictures whose pixels are numbers in a palette.
  public private(set) var palette = 0
  /// Pictures in four inks, which are converted.
  public private(set) var cmyk = 0
  /// Pictures whose transparency is dropped.
  public private(set) var transparent = 0
  /// Pictures of 16 bits; eight are kept.
  public private(set) var sixteenBit = 0
  /// Pictures that EXIF would turn or mirror, which `data.exif_orientation` decides.
  public private(set) var turnedByExif = 0
  /// Pictures whose name has the extension of another format, as PNG called .JPEG.
  public private(set) var misnamed = 0
  /// Pictures that were made smaller and encoded again.
  public private(set) var resized = 0
  /// The least short side in pixels.
  public private(set) var shortestSide = 0
  /// The greatest long side in pixels.
  public private(set) var longestSide = 0
  /// Pictures that were left out.
  public private(set) var skipped: [Skipped] = []

  /// No picture yet.
  public init() {}

  /// Counts a picture that was taken.
  ///
  /// - Parameters:
  ///   - facts: what its header says.
  ///   - name: what its file is called; nil if it has no name of its own.
  ///   - isResized: whether it was made smaller.
  mutating func add(_ facts: PictureFacts, name: String?, isResized: Bool) {
    pictures += 1
    switch facts.format {
    case .jpeg: jpeg += 1
    case .png: png += 1
    case .webp: webp += 1
    }
    switch facts.colours {
    case .grey: grey += 1
    case .palette: palette += 1
    case .cmyk: cmyk += 1
    case .rgb: break
    }
    if facts.hasAlpha { transparent += 1 }
    if facts.isDeep { sixteenBit += 1 }
    if facts.orientation != 1 { turnedByExif += 1 }
    if let name, !facts.format.isUsual(for: name) { misnamed += 1 }
    if isResized { resized += 1 }
    let (short, long) = (min(facts.rows, facts.columns), max(facts.rows, facts.columns))
    shortestSide = pictures == 1 ? short : min(shortestSide, short)
    longestSide = max(longestSide, long)
  }

  /// Counts a picture that was left out.
  mutating func skip(_ error: DatasetError) {
    skipped.append(Skipped(file: error.file, reason: error.message))
  }
}

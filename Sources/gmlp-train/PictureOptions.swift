import ArgumentParser
import Configuration
import Datasets
import Imaging
import Platform

/// What is done to pictures on their way into shards.
struct PictureOptions: ParsableArguments {
  @Option(
    help: """
      Shrink pictures whose short side exceeds this many pixels to that size, re-encoded as JPEG at \
      quality 95.
      """)
  var resize: Int?

  @Flag(help: "Skip pictures that cannot be decoded, and report each one.")
  var skipUnreadable = false

  @Flag(help: "Store pixels at --image-size instead of the encoded pictures.")
  var decode = false

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Size of the decoded images: rows and columns, or one number for both.", valueName: "pixels"))
  var imageSize: [Int] = []

  @Option(help: "Channels of --decode: 3, or 1 for grey.")
  var channels = 3

  @Option(
    help:
      "The share of the resized short side that --decode keeps. (default: 0.875 above 64 pixels, else 1)"
  )
  var cropFraction: Double?

  @Flag(help: "Turn and mirror pictures as EXIF says before --decode resizes them.")
  var exifOrientation = false

  func validate() throws {
    if let resize, !(1...65_535).contains(resize) {
      throw ValidationError("--resize \(resize): must be at least 1 and at most 65535")
    }
    guard decode else {
      if !imageSize.isEmpty || cropFraction != nil || exifOrientation {
        throw ValidationError(
          "--image-size, --crop-fraction and --exif-orientation: go with --decode; pictures keep their EXIF "
            + "orientation, and data.exif_orientation says whether it counts")
      }
      return
    }
    if resize != nil || skipUnreadable {
      throw ValidationError(
        "--decode: does not go with --resize and --skip-unreadable; prepare shards of pictures first, "
          + "then decode these with --format shards")
    }
    guard (1...2).contains(imageSize.count), imageSize.allSatisfy({ (1...8_192).contains($0) })
    else {
      throw ValidationError("--decode: needs --image-size, as in --image-size 224")
    }
    if channels != 1 && channels != 3 {
      throw ValidationError("--channels \(channels): must be 1 or 3")
    }
    if let cropFraction, !(cropFraction > 0 && cropFraction <= 1) {
      throw ValidationError("--crop-fraction \(cropFraction): must be above 0 and at most 1")
    }
  }

  /// How pictures become pixels; nil if they stay pictures.
  func fit() throws -> ImageFit? {
    guard decode, let rows = imageSize.first, let columns = imageSize.last else { return nil }
    let shape = ImageShape(channels: channels, rows: rows, columns: columns)
    return ImageFit(
      imageShape: shape, cropFraction: cropFraction ?? ImageFit.usualCropFraction(for: shape),
      interpolation: .bicubic, appliesOrientation: exifOrientation)
  }

  /// Throws where an option was given that is for pictures alone.
  func requireNone(for format: DatasetFormat) throws(CommandError) {
    guard decode || skipUnreadable || resize != nil else { return }
    throw CommandError(
      "--resize, --decode and --skip-unreadable: go with pictures, and --format \(format.rawValue) has "
        + "pixels here", exitCode: .usage)
  }
}

import CSPNG
import CWebP
import Foundation

/// The libraries that decode pictures, as they are linked here.
///
/// The pixels of a picture are theirs. PNG and WebP define them to the bit, JPEG does not: libjpeg-turbo 2.1.0, for
/// one, began to smooth chroma of half the rows (4:4:0). So a run on pictures records the versions.
public enum PictureLibraries {
  /// Names and versions, as in "libjpeg-turbo 2.1.5 (build 20230203), libspng 0.7.3, libwebp 1.2.4".
  public static let versions: String = {
    let webp = WebPGetDecoderVersion()
    let parts = [webp >> 16, webp >> 8 & 0xff, webp & 0xff].map(String.init)
    let spng = unsafe String(cString: spng_version_string())
    return "libjpeg-turbo \(jpeg), libspng \(spng), libwebp \(parts.joined(separator: "."))"
  }()

  /// The version of libjpeg-turbo, which no function of TurboJPEG 2 returns: it is among the library's messages.
  private static var jpeg: String {
    // An unknown version is compared as well, and equal to itself.
    guard let path = path(ofLibrary: "/libturbojpeg.so"),
      let library = try? Data(contentsOf: URL(filePath: path), options: .alwaysMapped),
      let mark = library.range(of: Data("libjpeg-turbo version ".utf8))
    else { return "of unknown version" }
    return String(
      decoding: library[mark.upperBound...].prefix(64).prefix { $0 != 0 }, as: UTF8.self)
  }

  /// The file of a library that this process has loaded.
  private static func path(ofLibrary name: String) -> String? {
    // Without /proc, or if it is linked into the program, it is unknown. Foundation reads no more than a page of it.
    guard let maps = try? OpenFile(reading: "/proc/self/maps").read(at: 0, limit: 1 << 22) else {
      return nil
    }
    let line = String(decoding: maps, as: UTF8.self).split(separator: "\n").first {
      $0.contains(name)
    }
    return line.flatMap { line in line.firstIndex(of: "/").map { String(line[$0...]) } }
  }
}

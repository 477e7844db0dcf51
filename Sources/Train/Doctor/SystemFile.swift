internal import Foundation

/// A small file by which the kernel tells something.
struct SystemFile {
  /// What it says, without white space at its ends; nil where there is no such file.
  let text: String?

  /// Reads the file at `path`.
  ///
  /// - Throws: ``StartError`` for one that is there but cannot be read.
  init(_ path: String) throws(StartError) {
    do {
      let data = try Data(contentsOf: URL(fileURLWithPath: path))
      text = String(decoding: data, as: UTF8.self)
        .trimmingCharacters(in: .whitespacesAndNewlines)
    } catch CocoaError.fileReadNoSuchFile {
      text = nil
    } catch {
      throw StartError("\(path): cannot be read: \(error.reason)", exitCode: 70)
    }
  }

  /// The lines.
  var lines: [Substring] { text?.split(whereSeparator: \.isNewline) ?? [] }

  /// A file of one number; nil where it holds a word, as in `max`.
  var number: Int? { text.flatMap { Int($0) } }

  /// The bytes that the line `name: n kB` tells.
  func kibibytes(_ name: String) -> Int? {
    let line = lines.first { $0.hasPrefix("\(name):") }
    let words = line?.split(whereSeparator: \.isWhitespace) ?? []
    return words.count > 1 ? Int(words[1]).map { $0 * 1_024 } : nil
  }
}

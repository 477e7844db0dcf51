package import Configuration
import Files
import Foundation
import Platform

/// A small file by which the kernel tells something.
package struct SystemFile {
  /// What it says, without white space at its ends; nil where there is no such file.
  package let text: String?

  /// Reads the file at `path`.
  ///
  /// - Throws: `CommandError` for one that is there but cannot be read.
  package init(_ path: String) throws(CommandError) {
    do {
      let data = try Data(contentsOf: URL(fileURLWithPath: path))
      text = String(decoding: data, as: UTF8.self)
        .trimmingCharacters(in: .whitespacesAndNewlines)
    } catch CocoaError.fileReadNoSuchFile {
      text = nil
    } catch {
      throw CommandError("\(path): cannot be read: \(error.reason)", exitCode: .internalError)
    }
  }

  /// The lines.
  package var lines: [Substring] { text?.split(whereSeparator: \.isNewline) ?? [] }

  /// A file of one number; nil where it holds a word, as in `max`.
  package var number: Int? { text.flatMap { Int($0) } }

  /// The bytes that the line `name: n kB` tells.
  package func kibibytes(_ name: String) -> Int? {
    let line = lines.first { $0.hasPrefix("\(name):") }
    let words = line?.split(whereSeparator: \.isWhitespace) ?? []
    return words.count > 1 ? Int(words[1]).map { $0 * 1_024 } : nil
  }
}

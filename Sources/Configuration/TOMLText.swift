import Files
import Foundation
package import TOMLKit

/// A text of TOML, and the only way to the parser.
///
/// The parser ends the whole process at some texts and silently drops the rest of others. Both kinds are
/// refused before the parser sees them.
package struct TOMLText {
  /// The text.
  package let text: String
  /// What messages begin with: the path of a file, or the option that holds the text.
  package let origin: String

  /// A text that was read already.
  package init(_ text: String, from origin: String) {
    self.text = text
    self.origin = origin
  }

  /// Reads the file at `path`.
  ///
  /// - Parameters:
  ///   - file: the path; where nothing is there, that of a file that was installed with the program.
  ///   - kind: what the file is for, as in "a configuration".
  /// - Throws: ``ConfigurationError`` for a file that is missing, is a folder, cannot be read, or is not UTF-8.
  package init(file: String, of kind: String) throws(ConfigurationError) {
    let path = InstalledFiles.place(of: file)
    try Self.checkIsFile(path, kind)
    let bytes: Data
    do {
      bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    } catch {
      throw ConfigurationError("\(path): cannot be read: \(error.reason); check its permissions")
    }
    if let found = FileKind(of: bytes.prefix(FileKind.prefixBytes)), !found.isOtherText {
      throw ConfigurationError(
        "\(path): this is \(found), not \(kind); \(found.advice ?? "name a file in TOML")")
    }
    // A byte order mark is not part of the text.
    let content = bytes.dropFirst(FileKind.byteOrderMarkLength(bytes))
    guard let text = String(validating: content, as: UTF8.self) else {
      throw ConfigurationError("\(path): is not UTF-8 text; \(kind) is a text file in TOML")
    }
    self.init(text, from: path)
  }

  /// Refuses what is not a file: of a pipe the ranks of a run would each read a part.
  private static func checkIsFile(_ path: String, _ kind: String) throws(ConfigurationError) {
    let isFile: Bool
    do {
      isFile = try RegularFile(path, for: .reading).status().isRegular
    } catch {
      let reason =
        error.number == ENOENT ? "no such file" : "cannot be opened: \(error.reason)"
      throw ConfigurationError("\(path): \(reason); name \(kind) in TOML")
    }
    var isFolder: ObjCBool = false
    _ = unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
    guard isFile else {
      let found = isFolder.boolValue ? "is a folder" : "is a pipe or a device, not a file"
      throw ConfigurationError("\(path): \(found); name \(kind) in TOML")
    }
  }

  /// Parses the text.
  ///
  /// Values of the table are valid only while the caller keeps the table itself.
  ///
  /// - Throws: ``ConfigurationError`` with line and column for text that is not TOML.
  /// - Returns: the outermost table.
  package func table() throws(ConfigurationError) -> TOMLTable {
    if let trap = TOMLTraps.first(in: text) {
      throw ConfigurationError(
        "\(origin): line \(trap.line), column \(trap.column): \(trap.message)")
    }
    do {
      return try TOMLTable(string: text)
    } catch let error as TOMLParseError {
      throw ConfigurationError(
        "\(origin): line \(error.source.begin.line), column \(error.source.begin.column): "
          + "\(error.description)")
    } catch {
      throw ConfigurationError("\(origin): \(error)")
    }
  }
}

import Configuration
import Files
import Foundation
import Glibc
import Platform
import Train

/// The words of the command line.
enum Arguments {
  /// The words after the program's name, with `~` after an option's equals sign expanded to the user's home.
  ///
  /// A shell expands `--run-dir ~/runs` but hands on `--run-dir=~/runs` as it is.
  ///
  /// - Throws: ``CommandError`` (64) for bytes that are not UTF-8, also in the name of the current folder:
  ///   as text they would be those of another path.
  static func read() throws(CommandError) -> [String] {
    var words: [String] = []
    for number in 1..<max(Int(CommandLine.argc), 1) {
      guard let start = unsafe CommandLine.unsafeArgv[number] else { break }
      let bytes = unsafe Array(UnsafeRawBufferPointer(start: start, count: strlen(start)))
      words.append(expandingHome(try text(bytes, "argument \(number)")))
    }
    try checkCurrentFolder()
    return words
  }

  /// The word with `~` expanded where it begins the value of an option.
  static func expandingHome(_ word: String) -> String {
    guard word.hasPrefix("--"), let equals = word.firstIndex(of: "=") else { return word }
    let value = word.index(after: equals)
    return word[..<value] + expandHome(String(word[value...]))
  }

  private static func checkCurrentFolder() throws(CommandError) {
    guard let start = unsafe getcwd(nil, 0) else {
      let reason = unsafe String(cString: strerror(errno))
      throw CommandError(
        "the current folder cannot be told: \(reason); go to another", exitCode: .usage)
    }
    defer { unsafe free(start) }
    let bytes = unsafe Array(UnsafeRawBufferPointer(start: start, count: strlen(start)))
    _ = try text(bytes, "the name of the current folder")
  }

  private static func text(_ bytes: [UInt8], _ what: String) throws(CommandError) -> String {
    if let text = String(validating: bytes, as: UTF8.self) { return text }
    throw CommandError(
      "\(what) is not UTF-8: '\(escaped(bytes))'; give files and folders names in UTF-8",
      exitCode: .usage)
  }
}

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
  /// A shell expands `--run-dir ~/runs` but hands on `--run-dir=~/runs` and `--run-dir "~/runs"` as they are. Some
  /// calls of Foundation expand them, others do not: one run would lie in two folders.
  ///
  /// - Throws: ``CommandError`` (64) for bytes that are not UTF-8, also in the name of the current folder, and in that
  ///   of the home where it is put in: as text they would be those of another path. And for an empty word: what
  ///   lies in a folder without a name would go to the root of the file system.
  static func read() throws(CommandError) -> [String] {
    var words: [String] = []
    for number in 1..<max(Int(CommandLine.argc), 1) {
      guard let start = unsafe CommandLine.unsafeArgv[number] else { break }
      let bytes = unsafe Array(UnsafeRawBufferPointer(start: start, count: strlen(start)))
      let word = try text(bytes, "argument \(number)")
      if let option = emptyOption(word, after: words.last) {
        throw CommandError(
          "\(option ?? "argument \(number)") is empty: give a value, or leave it out (is a variable of "
            + "the shell not set?)", exitCode: .usage)
      }
      let expanded = expandingHome(word)
      if expanded != word { try checkHome() }
      words.append(expanded)
    }
    try checkCurrentFolder()
    return words
  }

  /// Which option has an empty value, nil within where it is a word of its own; nil where nothing is empty.
  private static func emptyOption(_ word: String, after last: String?) -> String?? {
    if word.isEmpty { return .some(last.flatMap { $0.hasPrefix("--") ? $0 : nil }) }
    guard word.hasPrefix("--"), word.firstIndex(of: "=") == word.indices.last else { return nil }
    return .some(String(word.dropLast()))
  }

  /// The word with `~` expanded where it begins the word, or the value of an option.
  static func expandingHome(_ word: String) -> String {
    if word.hasPrefix("~") { return expandHome(word) }
    guard word.hasPrefix("--"), let equals = word.firstIndex(of: "=") else { return word }
    let value = word.index(after: equals)
    return word[..<value] + expandHome(String(word[value...]))
  }

  private static func checkHome() throws(CommandError) {
    guard let start = unsafe getenv("HOME") else { return }
    let bytes = unsafe Array(UnsafeRawBufferPointer(start: start, count: strlen(start)))
    _ = try text(bytes, "the variable HOME")
  }

  private static func checkCurrentFolder() throws(CommandError) {
    guard let start = unsafe getcwd(nil, 0) else {
      let reason = unsafe String(cString: strerror(errno))
      throw CommandError(
        "the current folder cannot be determined: \(reason); go to another", exitCode: .usage)
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

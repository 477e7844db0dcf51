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
  ///   of the home where it is put in: as text they would be those of another path. And for an option without the
  ///   value behind its equals sign. Words that are empty are for ``refuseEmpty(of:inputs:)``.
  static func read() throws(CommandError) -> [String] {
    var words: [String] = []
    for number in 1..<max(Int(CommandLine.argc), 1) {
      guard let start = unsafe CommandLine.unsafeArgv[number] else { break }
      let bytes = unsafe Array(UnsafeRawBufferPointer(start: start, count: strlen(start)))
      let word = try text(bytes, "argument \(number)")
      if word.hasPrefix("--"), word.firstIndex(of: "=") == word.indices.last {
        throw emptiness(of: String(word.dropLast()))
      }
      let expanded = expandingHome(word)
      if expanded != word { try checkHome() }
      words.append(expanded)
    }
    try checkCurrentFolder()
    return words
  }

  /// Refuses an empty word: what is in a folder without a name would go to the root of the file system.
  ///
  /// - Parameters:
  ///   - words: those of the command line.
  ///   - inputs: what a command takes one after the other; a bad one of several does not stop the others. They are the
  ///     words that are empty if there are as many.
  /// - Throws: ``CommandError`` (64).
  static func refuseEmpty(of words: [String], inputs: [String]) throws(CommandError) {
    let empty = words.indices.filter { words[$0].isEmpty }
    guard let first = empty.first else { return }
    if inputs.count > 1 && inputs.filter(\.isEmpty).count == empty.count { return }
    let last = first > 0 ? words[first - 1] : ""
    throw emptiness(of: last.hasPrefix("--") ? last : "argument \(first + 1)")
  }

  private static func emptiness(of what: String) -> CommandError {
    CommandError(
      "\(what) is empty: give a value, or leave it out (is a variable of the shell not set?)",
      exitCode: .usage)
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

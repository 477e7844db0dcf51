package import Configuration
import Files
import Foundation
import Glibc
import Platform

/// A file that a command writes when its work is done, and looks after before it begins.
package struct ResultFile: Sendable {
  /// Where it is to be.
  package let path: String

  /// The end of a chain of links, so that these stay.
  fileprivate let place: String

  /// Checks that a file can be written at `path`; a file that is there will be replaced.
  ///
  /// A full disk shows only when it is written.
  ///
  /// - Throws: ``CommandError`` (74) for a folder that is not there or takes no files, and for something that is no
  ///   file in its place.
  package init(_ path: String) throws(CommandError) {
    self.path = path
    do throws(LinkError) {
      place = try SystemPath.resolvingLinks(path)
    } catch {
      throw Self.refusal(path, error.reason)
    }
    let manager = FileManager.default
    let folder = SystemPath.folder(of: place)
    guard manager.fileExists(atPath: folder + "/") else {
      throw Self.refusal(path, "there is no folder \(folder)")
    }
    guard manager.isWritableFile(atPath: folder) else {
      throw Self.refusal(path, "the folder \(folder) takes no files")
    }
    // Without attributes nothing is there yet.
    guard let attributes = try? manager.attributesOfItem(atPath: place) else { return }
    guard attributes[.type] as? FileAttributeType == .typeRegular else {
      throw Self.refusal(path, "something that is not a file has this name")
    }
  }

  /// Writes the file in one piece: a reader finds the former one or this.
  ///
  /// - Throws: ``CommandError`` (74) with the system's reason.
  package func write(_ bytes: [UInt8]) throws(CommandError) {
    do throws(WholeFileError) {
      try WholeFile.write(Data(bytes), to: place)
    } catch {
      throw Self.refusal(path, error.reason)
    }
  }

  /// Begins a file that is too long for memory.
  ///
  /// - Throws: ``CommandError`` (74) with the system's reason.
  package func draft() throws(CommandError) -> ResultDraft { try ResultDraft(of: self) }

  /// Removes the file, if there is one: what an earlier evaluation wrote would pass for a part of this one.
  ///
  /// - Throws: ``CommandError`` (74) with the system's reason.
  /// - Returns: whether there was one.
  package func remove() throws(CommandError) -> Bool {
    guard FileManager.default.fileExists(atPath: place) else { return false }
    do {
      try FileManager.default.removeItem(atPath: place)
    } catch {
      throw CommandError(
        "\(path): is of an earlier evaluation and cannot be removed: \(error.reason); remove it",
        exitCode: .inputOutput)
    }
    return true
  }

  fileprivate static func refusal(_ path: String, _ reason: String) -> CommandError {
    CommandError(
      "\(path): cannot be written: \(reason); choose another place", exitCode: .inputOutput)
  }
}

/// A result file that grows under a hidden name beside its place, where it appears when it is finished.
package final class ResultDraft {
  private let result: ResultFile
  private let file: RegularFile
  private var byteCount = 0
  private var isFinished = false

  /// What a killed command has left under that name is replaced.
  fileprivate init(of result: ResultFile) throws(CommandError) {
    self.result = result
    let place = result.place
    let name = place.split(separator: "/").last ?? ""
    do throws(SystemCallError) {
      file = try RegularFile("\(SystemPath.folder(of: place))/.\(name).new", for: .replacing)
    } catch {
      throw ResultFile.refusal(result.path, error.reason)
    }
  }

  deinit {
    if !isFinished { _ = unsafe unlink(file.path) }
  }

  /// Adds to the end.
  ///
  /// - Throws: ``CommandError`` (74) with the system's reason.
  package func add(_ bytes: [UInt8]) throws(CommandError) {
    do throws(SystemCallError) {
      try file.write(bytes.span, at: byteCount)
    } catch {
      throw ResultFile.refusal(result.path, error.reason)
    }
    byteCount += bytes.count
  }

  /// Gives the file its name: a reader finds the former one or this, whole.
  ///
  /// - Throws: ``CommandError`` (74) with the system's reason.
  package func finish() throws(CommandError) {
    do throws(SystemCallError) {
      try file.synchronize()
      try file.close()
      try SystemCallError.check("rename", result.path) {
        unsafe Glibc.rename(file.path, result.place)
      }
    } catch {
      throw ResultFile.refusal(result.path, error.reason)
    }
    isFinished = true
  }
}

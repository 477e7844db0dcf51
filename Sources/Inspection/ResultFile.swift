package import Configuration
import Files
import Foundation
import Platform

/// A file that a command writes when its work is done, and looks after before it begins.
package struct ResultFile: Sendable {
  /// Where it is to be.
  package let path: String

  /// The end of a chain of links, so that these stay.
  private let place: String

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

  private static func refusal(_ path: String, _ reason: String) -> CommandError {
    CommandError(
      "\(path): cannot be written: \(reason); choose another place", exitCode: .inputOutput)
  }
}

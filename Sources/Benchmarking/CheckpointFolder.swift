import Configuration
import Files
import Foundation
import Platform

/// An empty folder for a checkpoint that is only measured; it goes with its content.
final class CheckpointFolder {
  let path: String

  /// Makes it in `directory`, which has to be there.
  ///
  /// - Throws: ``CommandError`` with the system's reason.
  init(in directory: String) throws(CommandError) {
    let path = "\(directory)/gmlp-train-benchmark-\(UUID().uuidString)"
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    } catch {
      throw CommandError(
        "\(directory): no checkpoint can be measured in it: \(error.reason); choose another folder "
          + "for --checkpoint", exitCode: .inputOutput)
    }
    // Set last: what was not made is not removed.
    self.path = path
  }

  deinit {
    do {
      try FileManager.default.removeItem(atPath: path)
    } catch {
      StandardError.write("\(path): cannot be removed: \(error.reason); remove it")
    }
  }
}

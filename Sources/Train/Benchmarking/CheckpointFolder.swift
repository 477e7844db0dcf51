internal import Foundation

/// An empty folder for a checkpoint that is only measured; it goes with its content.
final class CheckpointFolder {
  let path: String

  /// Makes it in `directory`, which has to be there.
  ///
  /// - Throws: ``StartError`` with the system's reason.
  init(in directory: String) throws(StartError) {
    let path = "\(directory)/gmlp-train-benchmark-\(UUID().uuidString)"
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    } catch {
      throw StartError(
        "\(directory): no checkpoint can be measured in it: \(error.reason); choose another folder "
          + "for --checkpoint", exitCode: 74)
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

internal import Checkpoints
internal import Foundation
internal import SystemFiles

/// Makes the folders above what is to be written at `path`, so that a loss of power does not take them.
///
/// - Throws: ``StartError`` with exit code 74 if that is impossible.
/// - Returns: those that were not there before.
@discardableResult
func makeFolder(above path: String) throws(StartError) -> MadeFolders {
  do throws(CheckpointError) {
    return try MadeFolders(SystemPath.folder(of: path))
  } catch {
    throw StartError(
      "\(path): the folder above cannot be made (\(error.reason)); choose another --output",
      exitCode: 74)
  }
}

/// The bytes of all `files`.
///
/// - Throws: `CocoaError` if one cannot be examined.
func totalBytes(of files: [String]) throws -> Int {
  try files.reduce(0) { sum, file in
    let attributes = try FileManager.default.attributesOfItem(atPath: file)
    return sum + (attributes[.size] as? Int ?? 0)
  }
}

package import Checkpoints
package import Configuration
import Files
import Foundation
import Platform

/// Makes the folders above what is to be written at `path`, so that a loss of power does not take them.
///
/// - Throws: `CommandError` with exit code 74 if that is impossible.
/// - Returns: those that were not there before.
@discardableResult
package func makeFolder(above path: String) throws(CommandError) -> MadeFolders {
  do throws(CheckpointError) {
    return try MadeFolders(SystemPath.folder(of: path))
  } catch {
    throw CommandError(
      "\(path): the folder above cannot be made (\(error.reason)); choose another --output",
      exitCode: .inputOutput)
  }
}

package import Checkpoints
package import Configuration
import Files
import Foundation
import Platform

/// Makes the folders above `path`, so that they survive a loss of power.
///
/// - Throws: `CommandError` with exit code 74 if that is impossible.
/// - Returns: the folders that are new.
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

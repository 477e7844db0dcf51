import Foundation

/// What was installed with the program: files in `share/gmlp-train`, in the folder that has the program in its `bin`.
///
/// An installation may be moved, so it is found from the program's own place.
package enum InstalledFiles {
  /// Where to read a file that the user names.
  ///
  /// - Parameter path: as the user has written it, as in `configs/digits.toml`.
  /// - Returns: `path`, or the installed file of this name where the current folder has nothing there. A path from the
  ///   root means itself.
  package static func place(of path: String) -> String {
    let manager = FileManager.default
    guard !path.isEmpty, !path.hasPrefix("/"), !manager.fileExists(atPath: path),
      let folder = Self.folder
    else { return path }
    let installed = "\(folder)/\(path)"
    return manager.fileExists(atPath: installed) ? installed : path
  }

  /// The folder of the installed files, which may not be there; nil without `/proc`.
  private static var folder: String? {
    do throws(LinkError) {
      guard let program = try SystemPath.destination(ofLink: "/proc/self/exe") else { return nil }
      return SystemPath.folder(of: SystemPath.folder(of: program)) + "/share/gmlp-train"
    } catch {
      return nil
    }
  }
}

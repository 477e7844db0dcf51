package import Foundation

/// Files that are written in one piece: a reader finds the former content or the new one.
///
/// Where the user has put a link, the file that it points to is replaced, and the link stays. Checkpoints, prepared
/// sets and locks are not written by this: nothing there follows a link, since folders are exchanged as a whole and a
/// lock is the file itself.
package enum WholeFile {
  /// Replaces the file at `path`, or makes it; a link to a file that is not there is made good.
  ///
  /// The bytes go into a new file beside the one that is replaced, which is then renamed.
  ///
  /// - Throws: ``WholeFileError``.
  package static func write(_ bytes: Data, to path: String) throws(WholeFileError) {
    let place: String
    do throws(LinkError) {
      place = try SystemPath.resolvingLinks(path)
    } catch {
      throw WholeFileError(reason: error.reason)
    }
    do {
      try bytes.write(to: URL(fileURLWithPath: place), options: .atomic)
    } catch {
      throw WholeFileError(reason: error.reason)
    }
  }
}

/// A file that could not be written.
package struct WholeFileError: Error {
  /// The cause, for people.
  package let reason: String
}

import Foundation

/// A temporary file that takes in what a process writes: unlike a pipe it is never full.
final class OutputFile {
  let handle: FileHandle
  private let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appending(path: "run-\(UUID().uuidString)")
    try Data().write(to: url)
    handle = try FileHandle(forWritingTo: url)
  }

  deinit {
    do {
      try handle.close()
      try FileManager.default.removeItem(at: url)
    } catch {
      print("\(url.path) is left behind: \(error)")
    }
  }

  var text: String {
    String(decoding: FileManager.default.contents(atPath: url.path) ?? Data(), as: UTF8.self)
  }
}

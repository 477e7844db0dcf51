import Files
import Foundation
import TestSupport
import Testing

@Suite("Files that are written in one piece")
struct WholeFileTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private func link(_ name: String, to destination: String) throws {
    try FileManager.default.createSymbolicLink(
      atPath: "\(folder.path)/\(name)", withDestinationPath: destination)
  }

  private func destination(_ name: String) throws -> String {
    try FileManager.default.destinationOfSymbolicLink(atPath: "\(folder.path)/\(name)")
  }

  @Test("Links stay, and what they lead to is replaced, or made where it is not there")
  func links() throws {
    try folder.write("old", to: "far/file")
    try link("near", to: "far/file")
    try link("link", to: "near")
    try link("new", to: "far/made")
    for (name, target) in [("link", "file"), ("new", "made"), ("plain", "../plain")] {
      try WholeFile.write(Data(name.utf8), to: "\(folder.path)/\(name)")
      #expect(try folder.text(of: "far/\(target)") == name)
    }
    #expect(try destination("link") == "near" && destination("near") == "far/file")
    #expect(try destination("new") == "far/made")
    #expect(try folder.names(in: "\(folder.path)/far") == ["file", "made"])
    #expect(try folder.names(in: folder.path) == ["far", "link", "near", "new", "plain"])
  }

  @Test("What is in the way is said in words, and stays")
  func refused() throws {
    try link("circle", to: "circle")
    try link("lost", to: "absent/file")
    try folder.write("old", to: "full/file")
    for (name, reason) in [
      ("circle", "Too many levels of symbolic links"), ("full", "Is a directory"),
    ] {
      let error = #expect(throws: WholeFileError.self) {
        try WholeFile.write(Data(), to: "\(folder.path)/\(name)")
      }
      #expect(error?.reason.contains(reason) == true)
    }
    #expect(throws: WholeFileError.self) {
      try WholeFile.write(Data(), to: "\(folder.path)/lost")
    }
    #expect(try destination("circle") == "circle" && destination("lost") == "absent/file")
    #expect(try folder.text(of: "full/file") == "old")
  }
}

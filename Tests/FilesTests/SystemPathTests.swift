import Files
import Foundation
import TestSupport
import Testing

@Suite("Paths")
struct SystemPathTests {
  @Test(
    "A path from the root has no empty part, no dot, and two dots only where a link needs them",
    arguments: [
      ("x", "/a/b/x"), ("./x/", "/a/b/x"), ("../x", "/a/x"), ("../../../x", "/x"), ("", "/a/b"),
      ("/c//./x", "/c/x"), ("/c/../x", "/x"), ("/..", "/"), ("c/d/../../x", "/a/b/x"),
    ])
  func absolute(path: String, expected: String) {
    // Nothing of this is there.
    #expect(SystemPath.absolute(path, from: "/a/b") == expected)
  }

  @Test("Behind a link two dots mean the folder above its target")
  func behindLink() throws {
    let folder = try TemporaryFolder()
    try folder.write("there", to: "shared/data/x")
    try folder.write("", to: "shared/configs/a.toml")
    try folder.write("here", to: "data/x")
    try FileManager.default.createSymbolicLink(
      atPath: "\(folder.path)/configs", withDestinationPath: "shared/configs")
    for path in ["configs/../data/x", "./configs/.././data/x", "shared/../configs/../data/x"] {
      let found = SystemPath.absolute(path, from: folder.path)
      #expect(found == "\(folder.path)/configs/../data/x")
      #expect(try String(contentsOfFile: found, encoding: .utf8) == "there")
    }
    #expect(
      SystemPath.absolute("configs/../../x", from: folder.path)
        == "\(folder.path)/configs/../../x")
  }
}

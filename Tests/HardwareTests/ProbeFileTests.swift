import Foundation
import TestSupport
import Testing

@testable import Hardware

@Suite("Files that find out what a folder takes")
struct ProbeFileTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  @Test("A file to measure with has no name from its beginning")
  func nameless() throws {
    let file = try ProbeFile.openNameless(in: folder.path)
    try file.write(contentsOf: Data("some bytes".utf8))
    #expect(try folder.names(in: folder.path).isEmpty)
    try file.close()
  }

  @Test("What a killed process has left is removed by the next one; what is in use stays")
  func leftOver() throws {
    let (old, new) = (ProbeFile.path(in: folder.path), ProbeFile.path(in: folder.path))
    for path in [old, new] { try Data().write(to: URL(filePath: path)) }
    try Data().write(to: URL(filePath: "\(folder.path)/other"))
    let yesterday = Date(timeIntervalSinceNow: -86_400)
    for path in [old, "\(folder.path)/other"] {
      try FileManager.default.setAttributes([.modificationDate: yesterday], ofItemAtPath: path)
    }
    let probe = DiskProbe(writingTo: folder.path, freeBytes: 4_000_000)
    #expect(probe.fault == nil)
    let left = Set(try folder.names(in: folder.path))
    #expect(left == ["other", URL(filePath: new).lastPathComponent])
  }

  @Test("A process that gets no processor while it writes has a speed all the same")
  func noTime() throws {
    let probe = DiskProbe(writingTo: folder.path, freeBytes: 4_000_000, patience: 0)
    let speed = try #require(probe.megabytesPerSecond)
    #expect(speed > 0 && speed.isFinite)
  }
}

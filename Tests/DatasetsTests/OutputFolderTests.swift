import Foundation
import TestSupport
import Testing

@testable import Datasets

/// Where a set is written if links, files and leftovers are in the way.
@Suite("Folders of prepared sets")
struct OutputFolderTests {
  /// What writes a set into a folder.
  enum Writer: CaseIterable {
    case images, text

    func write(_ directory: String, replacing: Bool = false) throws {
      switch self {
      case .images:
        _ = try ShardWriter.write(MemorySource(), directory: directory, replacing: replacing)
      case .text:
        let folder = try TemporaryFolder()
        let vocabulary = try folder.write(TextFixture.vocabularyFile(), to: "vocab.txt")
        let text = try folder.write("the walking dog\n", to: "a.txt")
        _ = try TextPreparation(
          corpus: TextCorpus(files: [text]), vocabulary: .file(vocabulary), sequenceLength: 8
        ).run(in: directory, replacing: replacing)
      }
    }

    /// Whether a whole set is in the folder.
    func check(_ directory: String) throws {
      switch self {
      case .images: _ = try openImages(format: .shards, files: [directory], split: .train)
      case .text: _ = try TextSource(files: [directory])
      }
    }
  }

  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private func path(_ name: String) -> String { "\(folder.path)/\(name)" }

  private func makeFolder(_ name: String) throws {
    try FileManager.default.createDirectory(
      atPath: path(name), withIntermediateDirectories: true)
  }

  private func link(_ name: String, to target: String) throws {
    try FileManager.default.createSymbolicLink(
      atPath: path(name), withDestinationPath: target)
  }

  private func target(of name: String) throws -> String {
    try FileManager.default.destinationOfSymbolicLink(atPath: path(name))
  }

  @Test("A link is followed and stays, and nothing is left beside it", arguments: Writer.allCases)
  func links(writer: Writer) throws {
    try makeFolder("disk/real")
    try link("one", to: "disk/real")
    try link("two", to: path("one"))
    try link("dangling", to: "disk/new")
    for name in ["two", "dangling/"] {
      try writer.write(path(name))
      try writer.check(path(name))
      let error = #expect(throws: DatasetError.self) { try writer.write(path(name)) }
      #expect(error?.code == .exists)
      try writer.check(path(name))
      try writer.write(path(name), replacing: true)
      try writer.check(path(name))
    }
    #expect(try target(of: "one") == "disk/real" && target(of: "dangling") == "disk/new")
    #expect(try folder.names(in: folder.path) == ["dangling", "disk", "one", "two"])
    #expect(try folder.names(in: path("disk")) == ["new", "real"])
  }

  @Test("What is behind a link and is no set stays as it is", arguments: Writer.allCases)
  func foreign(writer: Writer) throws {
    try makeFolder("photos/.hidden.shard")
    try link("set", to: "photos")
    for name in ["set", "photos"] {
      let error = #expect(throws: DatasetError.self) {
        try writer.write(path(name), replacing: true)
      }
      #expect(error?.code == .exists)
    }
    // A folder with the name of a shard is none of ours either.
    try folder.rename(path("photos/.hidden.shard"), to: path("photos/00000.shard"))
    #expect(throws: DatasetError.self) { try writer.write(path("set"), replacing: true) }
    #expect(try folder.names(in: path("photos")) == ["00000.shard"])
    #expect(try folder.names(in: folder.path) == ["photos", "set"])
  }

  @Test(
    "Links in the place of the writer's own folders are not followed", arguments: Writer.allCases)
  func hiddenLinks(writer: Writer) throws {
    try makeFolder("mine")
    try folder.write("x", to: "mine/a.shard")
    try writer.write(path("set"))
    for name in [".set.incomplete", ".set.replaced"] {
      try link(name, to: "mine")
      let error = #expect(throws: DatasetError.self) {
        try writer.write(path("set"), replacing: true)
      }
      #expect(error?.description.contains(name) == true, "\(String(describing: error))")
      #expect(try folder.names(in: path("mine")) == ["a.shard"])
      try writer.check(path("set"))
      try folder.remove(path(name))
    }
  }

  @Test("A file in the place of the folder is refused at once", arguments: Writer.allCases)
  func file(writer: Writer) throws {
    try folder.write("x", to: "set")
    let error = #expect(throws: DatasetError.self) { try writer.write(path("set")) }
    #expect(error?.code == .exists && error?.description.contains("not a folder") == true)
    try link("circle", to: "circle")
    #expect(throws: DatasetError.self) { try writer.write(path("circle")) }
    #expect(try folder.names(in: folder.path) == ["circle", "set"])
  }

  @Test("A set that a killed writer had moved aside is put back", arguments: Writer.allCases)
  func recovered(writer: Writer) throws {
    try writer.write(path("set"))
    try folder.rename(path("set"), to: path(".set.replaced"))
    #expect(throws: DatasetError.self) {
      _ = try ShardWriter.write(
        MemorySource(badSamples: [3]), directory: path("set"), replacing: true)
    }
    try writer.check(path("set"))
    try folder.rename(path("set"), to: path(".set.replaced"))
    try writer.write(path("set"), replacing: true)
    try writer.check(path("set"))
    #expect(try folder.names(in: folder.path) == ["set"])
  }

  @Test(
    "An older set that the system does not remove is in no new one's way",
    .enabled(if: SmallFileSystem.canMount, "mounting needs root"), arguments: Writer.allCases)
  func stubborn(writer: Writer) throws {
    try writer.write(path("set"))
    try makeFolder(".set.replaced/busy")
    let disk = try SmallFileSystem(kilobytes: 64, at: path(".set.replaced/busy"))
    do {
      try writer.write(path("set"), replacing: true)
      try writer.check(path("set"))
    } catch {
      try disk.unmount()
      throw error
    }
    try disk.unmount()
    #expect(try folder.names(in: folder.path) == [".set.replaced", "set"])
    try writer.write(path("set"), replacing: true)
    #expect(try folder.names(in: folder.path) == ["set"])
  }

  @Test(
    "Who can only read the folder in which a set grows cannot keep others out of it",
    arguments: Writer.allCases)
  func foreignLock(writer: Writer) throws {
    try makeFolder(".set.incomplete")
    let descriptor = unsafe open(path(".set.incomplete"), O_RDONLY)
    try #require(descriptor >= 0 && flock(descriptor, LOCK_EX | LOCK_NB) == 0)
    defer { _ = close(descriptor) }
    try writer.write(path("set"))
    try writer.check(path("set"))
  }

  @Test("The lock may be opened by those who may write to the folder, and goes with the set's end")
  func lock() throws {
    for (rights, expected) in [(0o755, 0o600), (0o775, 0o660)] {
      try makeFolder(".set.incomplete")
      try #require(unsafe chmod(path(".set.incomplete"), mode_t(rights)) == 0)
      let memory = MemorySource()
      let writer = try ShardWriter(directory: path("set"), imageShape: memory.imageShape)
      try writer.append(pixels: [UInt8](repeating: 1, count: memory.imageShape.count), label: 0)
      let mode = try FileManager.default.attributesOfItem(atPath: path(".set.incomplete/.lock"))[
        .posixPermissions]
      #expect(mode as? Int == expected)
      _ = try writer.finish()
      #expect(try folder.names(in: path("set")) == ["00000-of-00001.shard"])
      #expect(try folder.names(in: folder.path) == ["set"])
      try folder.remove(path("set"))
    }
  }

  @Test(
    "A lock that a killed writer left harms nothing, in its folder or in a set",
    arguments: Writer.allCases)
  func leftLock(writer: Writer) throws {
    try makeFolder(".set.incomplete")
    try folder.write("", to: ".set.incomplete/.lock")
    try writer.write(path("set"))
    #expect(try folder.names(in: folder.path) == ["set"])
    try folder.write("", to: "set/.lock")
    try writer.check(path("set"))
    try writer.write(path("set"), replacing: true)
    try writer.check(path("set"))
    #expect(try !folder.names(in: path("set")).contains(".lock"))
    // A link in its place is not followed.
    try makeFolder(".set.incomplete")
    try link(".set.incomplete/.lock", to: path("precious"))
    #expect(throws: DatasetError.self) { try writer.write(path("set"), replacing: true) }
    #expect(try folder.names(in: folder.path) == [".set.incomplete", "set"])
  }

  @Test("Hidden files beside shards are none of the set", arguments: Writer.allCases)
  func hiddenShards(writer: Writer) throws {
    try writer.write(path("set"))
    for name in ["._00000-of-00001.shard", ".DS_Store", "._vocabulary.txt"] {
      try folder.write("AppleDouble", to: "set/\(name)")
    }
    try writer.check(path("set"))
    #expect(try shardFiles(in: path("set")).count == 1)
  }

  @Test("A name that is not UTF-8 is refused and told by its bytes")
  func nameBytes() throws {
    let bytes = Array(path("lat").utf8) + [0xe9] + Array(".txt\0".utf8)
    let name = bytes.map(CChar.init(bitPattern:))
    let file = unsafe open(name, O_CREAT | O_WRONLY, 0o644)
    try #require(file >= 0)
    close(file)
    // Foundation cannot remove the folder with such a name in it.
    defer { _ = unsafe unlink(name) }
    expectError(.invalid, folder.path, mentions: "lat\\xE9.txt") {
      _ = try TextCorpus.files(in: [folder.path])
    }
    expectError(.invalid, folder.path, mentions: "lat\\xE9.txt") {
      _ = try shardFiles(in: folder.path)
    }
  }
}

import Foundation
import TestSupport
import Testing

@testable import Datasets

/// Labels as ImageNet's devkit has them, with the files that `make_devkit.py` wrote.
@Suite("Labels of ImageNet's devkit")
struct DevkitTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try folder.write(Self.fixture("meta.mat"), to: "meta.mat")
    try folder.write("4\n2\n1\n2\n", to: "truth.txt")
    // Archives have an order of their own.
    try folder.write(
      tar([3, 1, 2, 4].map { TarEntry("val_\($0).JPEG", greyPNG(UInt8($0))) }), to: "val.tar")
  }

  private static func fixture(_ name: String) throws -> [UInt8] {
    let file = Bundle.module.bundleURL.appending(path: "Fixtures/devkit/\(name)")
    return Array(try Data(contentsOf: file))
  }

  private func open() throws -> TarPictures {
    try TarPictures(["\(folder.path)/val.tar"], labels: "\(folder.path)/truth.txt")
  }

  @Test(
    "Packed and plain files of MATLAB give numbers and texts", arguments: ["meta", "meta-plain"])
  func matlab(name: String) throws {
    let synsets = try MATLABStructures(
      Self.fixture("\(name).mat"), at: FileLocation("meta.mat")
    ).structures
    #expect(synsets.count == 5)
    #expect(synsets.map { $0["ILSVRC2012_ID"] } == (1...5).map { .number(Double($0)) })
    #expect(synsets[3]["WNID"] == .text("n01440764"))
    #expect(synsets[0]["words"] == .text("kit fox, Vulpes macrotis"))
    #expect(synsets[4]["num_children"] == .number(4))
  }

  @Test(
    "The numbers are for the pictures in the order of names, the classes in that of WordNet ids")
  func labels() throws {
    let set = try open()
    #expect(set.classNames == ["n01440764", "n02100735", "n02119789"])
    let names = (0..<4).map { set.location(of: $0).file.split(separator: ":").last }
    #expect(names == ["val_1.JPEG", "val_2.JPEG", "val_4.JPEG", "val_3.JPEG"])
    #expect((0..<4).map(set.label(of:)) == [0, 1, 1, 2])
  }

  @Test("What does not belong together is refused with its file")
  func refused() throws {
    let truth = "\(folder.path)/truth.txt"
    try folder.write("4\n2\n1\n", to: "truth.txt")
    expectError(.invalid, truth, mentions: "3 numbers for 4 pictures") { _ = try open() }
    try folder.write("4\n2\n1\n9\n", to: "truth.txt")
    expectError(.invalid, "\(folder.path)/meta.mat", mentions: "ILSVRC2012_ID 9") { _ = try open() }
    try folder.remove("\(folder.path)/meta.mat")
    expectError(.missing, truth, mentions: "meta.mat", "no such file") { _ = try open() }
  }

  @Test("A file of MATLAB that was cut off or is none is refused, wherever it ends")
  func damaged() throws {
    for name in ["meta.mat", "meta-plain.mat"] {
      let whole = try Self.fixture(name)
      for count in Array(stride(from: 0, to: whole.count - 8, by: 7)) {
        expectError(.invalid, name, mentions: "not a whole MATLAB file") {
          _ = try MATLABStructures(Array(whole.prefix(count)), at: FileLocation(name))
        }
      }
    }
  }
}

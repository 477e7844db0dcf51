import Foundation
import RunSupport
import TestSupport

extension BadInput {
  /// Folders, archives and shards of pictures that are not what they should be.
  static let pictures = [
    BadInput(
      "a class folder without pictures", 65, ["set: class 'emu' has no picture"], folder("set")
    ) {
      try $0.writePictures("set")
      try $0.write("set/emu/.hidden", [])
      return nil
    },
    BadInput(
      "a file next to the class folders", 65, ["set/list.csv", "in no class folder"], folder("set")
    ) {
      try $0.writePictures("set")
      try $0.write("set/list.csv", Array("a,b\n".utf8))
      return nil
    },
    BadInput(
      "a text among the pictures", 65, ["set/cat/notes.txt", "text that begins"], folder("set")
    ) {
      try $0.writePictures("set")
      try $0.write("set/cat/notes.txt", Array("what I saw\n".utf8))
      return nil
    },
    BadInput(
      "a GIF called .jpg", 65, ["set/cat/9.jpg", "a GIF picture", "convert it"], folder("set")
    ) {
      try $0.writePictures("set")
      try $0.write("set/cat/9.jpg", Array("GIF89a and so on".utf8))
      return nil
    },
    BadInput("an empty picture", 65, ["set/cat/9.jpg", "an empty file"], folder("set")) {
      try $0.writePictures("set")
      try $0.write("set/cat/9.jpg", [])
      return nil
    },
    BadInput(
      "a link to a folder that contains it", 65, ["set/cat/up", "would not end"], folder("set")
    ) {
      try $0.writePictures("set")
      try FileManager.default.createSymbolicLink(
        atPath: "\($0.path)/set/cat/up", withDestinationPath: "..")
      return nil
    },
    BadInput("a link that leads nowhere", 65, ["set/cat/9.jpg", "no such file"], folder("set")) {
      try $0.writePictures("set")
      try FileManager.default.createSymbolicLink(
        atPath: "\($0.path)/set/cat/9.jpg", withDestinationPath: "gone")
      return nil
    },
    BadInput("a pipe among the pictures", 65, ["set/cat/9.jpg", "is a pipe"], folder("set")) {
      try $0.writePictures("set")
      try $0.makePipe("set/cat/9.jpg")
      return nil
    },
    BadInput(
      "a folder one level too high", 65, ["'train'", "name set/train"], folder("set")
    ) {
      try $0.writePictures("set/train")
      return nil
    },
    BadInput("a folder that is not there", 65, ["nowhere", "no such file"], folder("nowhere")),
    BadInput(
      "a file in place of a folder of pictures", 65, ["train-images", "is a file"],
      folder("train-images")),
    BadInput(
      "a test set of other classes", 65, ["val", "lacks class 'dog'"],
      folder("set").dropLast(2) + ["--set", #"data.test=["val"]"#]
    ) {
      try $0.writePictures("set")
      try $0.write("val/cat/1.png", greyPNG(1))
      return nil
    },
    BadInput("an archive that was cut off", 65, ["set.tar, byte", "two blocks of zeros"], archive) {
      try $0.write("set.tar", GoodFiles.archive.dropLast(1024))
      return nil
    },
    BadInput(
      "an archive that ends inside a picture", 65, ["set.tar, byte 0", "ends inside a member"],
      archive
    ) {
      try $0.write("set.tar", Array(GoodFiles.archive.prefix(520)))
      return nil
    },
    BadInput("a damaged archive", 65, ["set.tar, byte 0", "checksum"], archive) {
      try $0.write("set.tar", [0x62] + GoodFiles.archive.dropFirst())
      return nil
    },
    BadInput("a packed archive", 65, ["set.tar, byte 0", "gzip data", "gzip -d"], archive) {
      try $0.write("set.tar", gzip(GoodFiles.archive))
      return nil
    },
    BadInput(
      "a picture twice in an archive", 65, ["set.tar:cat/0.png", "is there twice"], archive
    ) {
      try $0.write(
        "set.tar", tar([TarEntry("cat/0.png", greyPNG(1)), TarEntry("cat/0.png", greyPNG(2))]))
      return nil
    },
    BadInput(
      "a sample of WebDataset without a label", 65, ["set.tar:b.png", "no .cls"], archive
    ) {
      try $0.write(
        "set.tar",
        tar([
          TarEntry("a.png", greyPNG(1)), TarEntry("a.cls", Array("0".utf8)),
          TarEntry("b.png", greyPNG(1)),
        ]))
      return nil
    },
    BadInput(
      "pictures in no folder", 65, ["set.tar/1.png", "[data] labels"], archive
    ) {
      try $0.write("set.tar", tar([TarEntry("1.png", greyPNG(1))]))
      return nil
    },
    BadInput(
      "a picture that the list of labels lacks", 65, ["labels.csv", "no line names", "2.png"],
      archive + ["--set", "data.labels=labels.csv"]
    ) {
      try $0.write("labels.csv", Array("1.png,cat\n".utf8))
      try $0.write("set.tar", tar([TarEntry("1.png", greyPNG(1)), TarEntry("2.png", greyPNG(1))]))
      return nil
    },
    BadInput(
      "a line of labels without a class", 65, ["labels.csv", "line 2 has no class"],
      archive + ["--set", "data.labels=labels.csv"]
    ) {
      try $0.write("labels.csv", Array("1.png,cat\n2.png\n".utf8))
      try $0.write("set.tar", tar([TarEntry("1.png", greyPNG(1))]))
      return nil
    },
    BadInput(
      "a picture with two classes", 65, ["labels.csv", "line 3", "1.png", "'dog'", "'cat'"],
      archive + ["--set", "data.labels=labels.csv"]
    ) {
      try $0.write("labels.csv", Array("1.png,cat\n2.png,dog\n1.png,dog\n".utf8))
      try $0.write("set.tar", tar([TarEntry("1.png", greyPNG(1)), TarEntry("2.png", greyPNG(1))]))
      return nil
    },
    BadInput(
      "a list of labels in UTF-16 without a mark", 65, ["labels.csv", "looks like UTF-16"],
      archive + ["--set", "data.labels=labels.csv"]
    ) {
      try $0.write("labels.csv", Array("1.png,cat\n".utf8).flatMap { [$0, 0] })
      try $0.write("set.tar", tar([TarEntry("1.png", greyPNG(1))]))
      return nil
    },
    BadInput(
      "more classes than the model has", 65,
      ["set/", "the model has 2 classes", "num_classes = 3"],
      folder("set") + ["--set", "model.num_classes=2"]
    ) {
      try $0.writePictures("set")
      try $0.write("set/emu/1.png", greyPNG(1))
      return nil
    },
    BadInput(
      "a model of two channels", 65, ["set/", "1 or 3 channels"],
      folder("set") + ["--set", "model.channels=2", "--set", "data.mean=[0.5]"]
    ) {
      try $0.writePictures("set")
      return nil
    },
    BadInput(
      "two folders where a format takes one", 65, ["[data] train", "folder takes one folder"],
      ["--set", "data.format=folder", "--set", #"data.train=["a","b"]"#]),
    BadInput(
      "a share of a picture above all of it", 64, ["augment.crop_fraction = 1.5"],
      ["--set", "augment.crop_fraction=1.5"]),
    BadInput(
      "a filter that is not known", 64, ["augment.interpolation must be one of"],
      ["--set", "augment.interpolation=lanczos"]),
  ]

  /// The arguments that train on a folder and test on it.
  private static func folder(_ name: String) -> [String] {
    [
      "--set", "data.format=folder", "--set", #"data.train=["\#(name)"]"#, "--set",
      #"data.test=["\#(name)"]"#,
    ]
  }

  /// The arguments that train on an archive and test on it.
  private static let archive = [
    "--set", "data.format=tar", "--set", #"data.train=["set.tar"]"#, "--set",
    #"data.test=["set.tar"]"#,
  ]
}

extension GoodFiles {
  /// Writes 32 pictures of two classes into folders of `name`.
  func writePictures(_ name: String) throws {
    for (path, bytes) in Self.pictures { try write("\(name)/\(path)", bytes) }
  }

  /// An archive of the same pictures.
  static let archive = tar(pictures.map { TarEntry($0.path, $0.bytes) })

  static let pictures = (0..<32).map { number in
    (
      path: "\(number % 2 == 0 ? "cat" : "dog")/\(number / 2).png",
      bytes: greyPNG(UInt8(7 * number), rows: 8 + number % 3, columns: 9)
    )
  }
}

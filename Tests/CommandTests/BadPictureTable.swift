import Foundation
import RunSupport
import TestSupport
import Testing

/// The part of `docs/operations/errors.md` on pictures.
enum BadPictureTable {
  /// What `predict` says of each bad picture, without the name of the program.
  static func lines() async throws -> [String] {
    let folder = try TrainedColours.folder()
    try folder.write(TrainedColours.configuration, to: "run.toml")
    let trained = try await command(
      "--config", "run.toml", "--run-dir", "run", in: folder.path)
    try #require(trained.exitCode == 0, "\(trained)")
    try FileManager.default.createDirectory(
      atPath: "\(folder.path)/bad", withIntermediateDirectories: true)
    for bad in BadPicture.all { try folder.write(bad.bytes(), to: "bad/\(bad.file)") }
    let files = BadPicture.all.map { "bad/\($0.file)" }
    let run = try await MPIRun(
      executable: "gmlp-train",
      arguments: ["predict", "--run-dir", "run", "set/across/0.png"] + files + ["set/down/0.png"],
      ranks: nil, directory: folder.path)
    #expect(run.exitCode == 65 && run.standardOutput.contains("set/down/0.png: "), "\(run)")
    let start = "gmlp-train: "
    return run.standardError.split(separator: "\n").filter { $0.hasPrefix("\(start)bad/") }
      .map { String($0.dropFirst(start.count)) }
  }

  /// The section of the page.
  static func text() async throws -> String {
    let rows = zip(BadPicture.all, try await lines()).map { "| \($0.name) | 65 | `\($1)` |" }
    return """

      ## Bad pictures

      Folders and archives of pictures are checked when they are opened as far as the list above says. What is wrong inside a picture
      stops `prepare images`, which decodes each once (`--skip-unreadable` leaves it out), and training, which never takes another
      in its place. `predict` reports it and continues. Its messages are:

      | what is wrong | code | the message |
      |---|---|---|
      \(rows.joined(separator: "\n"))

      """
  }
}

/// Pictures of two classes, and a configuration that trains on them in a moment.
enum TrainedColours {
  /// Colour pictures that a glance tells apart, of different sizes.
  static let pictures = (0..<48).map { (path: path(of: $0), bytes: picture(lines(of: $0))) }

  /// The same with rows and columns exchanged, which EXIF notes as orientation 5.
  static let transposedPictures = (0..<48).map { number in
    let lines = lines(of: number)
    let transposed = (0..<(lines[0].count / 3)).map { column in
      lines.flatMap { $0[(3 * column)..<(3 * column + 3)] }
    }
    let note = Array("MM\0*\0\0\0\u{8}\0\u{1}\u{1}\u{12}\0\u{3}\0\0\0\u{1}\0\u{5}\0\0\0\0\0\0".utf8)
    var bytes = picture(transposed)
    // Behind the signature and the header.
    bytes.insert(contentsOf: pngChunk("eXIf", note), at: 33)
    return (path: path(of: number), bytes: bytes)
  }

  private static func path(of number: Int) -> String {
    "\(number % 2 == 0 ? "across" : "down")/\(number / 2).png"
  }

  private static func lines(of number: Int) -> [[UInt8]] {
    let (rows, columns) = (10 + number % 5, 12 + number % 7)
    return (0..<rows).map { row in
      (0..<columns).flatMap { column -> [UInt8] in
        let stripe = (number % 2 == 0 ? row : column) % 2 == 0
        return [stripe ? 230 : 20, UInt8(3 * number), UInt8(9 * row)]
      }
    }
  }

  private static func picture(_ lines: [[UInt8]]) -> [UInt8] {
    png(columns: lines[0].count / 3, colourType: 2, rows: lines)
  }

  static let configuration = """
    [model]
    image_size = [8, 8]
    channels = 3
    patch_size = [4, 4]
    d_model = 16
    d_ffn = 32
    num_layers = 2
    num_classes = 2
    [data]
    format = "folder"
    train = ["set"]
    test = ["set"]
    [train]
    steps = 6
    global_batch_size = 16
    micro_batch_size = 4
    [schedule]
    warmup_steps = 2
    [augment]
    horizontal_flip = true
    crop_fraction = 0.8
    """

  /// A folder with the pictures in `set`.
  static func folder() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    for (path, bytes) in pictures { try folder.write(bytes, to: "set/\(path)") }
    return folder
  }
}

import Digests
import Files
import FoundationEssentials

/// The text of `state.json`: JSON whose second line is the digest of all lines below it.
///
/// The other files are recognised by the digests in this file, this one by its own: without it, a
/// changed digit of the step or the seed would go unnoticed. That line stays the same in
/// every version of the format.
extension CheckpointState {
  private static let sealStart = Array("{\n  \"state_sha256\" : \"".utf8)
  private static let sealEnd = Array("\",\n".utf8)
  private static let sealLength = sealStart.count + 64 + sealEnd.count
  private static let largestLength = 64 << 20
  /// More samples than any run sees, and far from what an `Int` can count.
  private static let largestNumber = 1 << 56

  private struct Version: Decodable {
    let formatVersion: Int
    private enum CodingKeys: String, CodingKey { case formatVersion = "format_version" }
  }

  /// The bytes of the file, with sorted keys: a pure function of the state.
  func encoded() -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let json: [UInt8]
    do {
      json = Array(try encoder.encode(self))
    } catch {
      preconditionFailure("a checkpoint's state cannot be written as JSON: \(error)")
    }
    let body = json.dropFirst(2) + Array("\n".utf8)
    return Self.sealStart + Array(Self.digest(body).utf8) + Self.sealEnd + body
  }

  /// Reads and checks the state of the checkpoint in the folder `directory`.
  init(in directory: String) throws(CheckpointError) {
    try self.init(readingFile: "\(directory)/\(Checkpoint.stateFile)")
  }

  /// Reads and checks the file at `path`.
  init(readingFile path: String) throws(CheckpointError) {
    let file = try OpenFile(reading: path)
    let length = try file.length()
    var bytes = [UInt8](repeating: 0, count: min(length, Self.largestLength))
    var span = bytes.mutableSpan
    try file.read(at: 0, into: &span)
    if !bytes.starts(with: Self.sealStart), let kind = FileKind(of: bytes), !kind.isOtherText {
      throw CheckpointError(
        .invalid, path, "this is \(kind), not a checkpoint's state",
        advice: kind.advice ?? "use another copy or an older checkpoint")
    }
    guard length > Self.sealLength, length <= Self.largestLength else {
      throw .damaged(path, at: 0, "\(length) bytes cannot be a checkpoint's state")
    }
    try Self.checkSeal(bytes, path)
    do {
      let data = Data(bytes)
      let version = try JSONDecoder().decode(Version.self, from: data).formatVersion
      guard version == Self.currentFormatVersion else {
        throw CheckpointError(
          .invalid, path,
          "format version \(version), this program reads \(Self.currentFormatVersion)",
          advice: "use the version of gmlp-train that wrote it")
      }
      self = try JSONDecoder().decode(Self.self, from: data)
    } catch let error as CheckpointError {
      throw error
    } catch {
      throw .damaged(path, "the state is not JSON with the keys of version 1")
    }
    guard hasPossibleNumbers else {
      throw .damaged(path, "the state holds a number that no run can have")
    }
  }

  /// Whether a run can have come to these numbers, so that one can go on from them.
  private var hasPossibleNumbers: Bool {
    let counts = [step, epoch, position, samplesSeen, world.ranks, world.threads]
    let others = [metricsBytes, skippedSteps, losses?.count, losses?.skipped, updates].map {
      $0 ?? 0
    }
    return (counts + others + best.values.map(\.step)).allSatisfy { 0...Self.largestNumber ~= $0 }
      && world.ranks > 0 && world.threads > 0 && updates ?? 0 <= step
  }

  private static func checkSeal(_ bytes: [UInt8], _ path: String) throws(CheckpointError) {
    let digest = bytes[sealStart.count..<(sealStart.count + 64)]
    guard bytes.starts(with: sealStart),
      bytes[(sealStart.count + 64)...].starts(with: sealEnd),
      digest.elementsEqual(Self.digest(bytes[sealLength...]).utf8)
    else {
      throw .damaged(path, "the state's own digest does not match: it was damaged or edited")
    }
  }

  private static func digest(_ bytes: ArraySlice<UInt8>) -> String {
    var digest = SHA256()
    digest.update(bytes.span)
    return digest.hexadecimal
  }
}

/// The length and digest by which a file's content is recognised.
public struct FileRecord: Codable, Sendable, Equatable {
  /// The length in bytes.
  public let bytes: Int
  /// The SHA-256 of the content, 64 lower-case hexadecimal digits.
  public let sha256: String

  /// A record of a file of `bytes` bytes with the digest `sha256`.
  public init(bytes: Int, sha256: String) {
    self.bytes = bytes
    self.sha256 = sha256
  }
}

extension FileRecord {
  /// Reads the file at `path` from start to end.
  init(reading path: String) throws(CheckpointError) {
    let file = try OpenFile(reading: path)
    var digest = SHA256()
    var chunk = [UInt8](repeating: 0, count: max(1, min(try file.length(), 1 << 20)))
    var offset = 0
    while true {
      var bytes = chunk.mutableSpan
      let count = try file.readAvailable(at: offset, into: &bytes)
      if count == 0 { break }
      digest.update(chunk.span.extracting(first: count))
      offset += count
    }
    self.init(bytes: offset, sha256: digest.hexadecimal)
  }
}

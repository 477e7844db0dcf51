import Checkpoints
import Configuration
import Datasets
import Files
import Foundation
import Platform

/// What is at a path, recognised by its content or its name.
public enum Inspection: Sendable {
  /// A configuration file.
  case configuration(String)
  /// A checkpoint, or the newest one of a run directory.
  case checkpoint(CheckpointSummary)
  /// A shard of images as pixels, or a folder of them.
  case shards(ShardSummary)
  /// A shard of encoded pictures, or a folder of them.
  case pictures(PictureShardSummary)
  /// A shard of text, or a folder of them.
  case text(TextShardSummary)
  /// A shard of labelled text, or a folder of them.
  case labelledText(LabelledTextSummary)
  /// A file of tensors, under any name.
  case tensors(TensorFileSummary)

  /// Looks at `path`.
  ///
  /// - Parameters:
  ///   - path: a file or folder.
  ///   - samples: how many samples of labelled text to decode.
  ///   - warning: receives a line for each damaged checkpoint that is skipped.
  /// - Throws: ``CommandError``, `CheckpointError` or `DatasetError`.
  public init(_ path: String, samples: Int = 0, warning: (String) -> Void) throws {
    // A configuration says itself that it is missing, with the code of a configuration.
    if path.hasSuffix(".toml") && !FileManager.default.fileExists(atPath: path + "/") {
      self = .configuration(path)
      return
    }
    let path = try Checkpoint.path(meantBy: path)
    guard FileManager.default.fileExists(atPath: path) else {
      throw CommandError(
        "\(path): no such file or folder; name \(Self.known)", exitCode: .badData)
    }
    // A trailing slash is followed where the path is a link to a folder.
    if FileManager.default.fileExists(atPath: path + "/") {
      let shards = try shardFiles(in: path)
      if shards.isEmpty {
        let isRun = FileManager.default.fileExists(atPath: "\(path)/checkpoints")
        guard isRun || RunCheckpoints.isCheckpoint(path) else {
          if try !CheckpointStore(directory: path).steps().isEmpty {
            throw CommandError(
              "\(path): holds the checkpoints of a run; name its directory, or one of them",
              exitCode: .badData)
          }
          throw CommandError(
            "\(path): is a folder without checkpoints or shards; name \(Self.known)",
            exitCode: .badData)
        }
        self = .checkpoint(try CheckpointSummary(path, warning: warning))
      } else if try TextShardHeader.begins(shards[0]) {
        self = .text(try TextShardSummary(folder: path))
      } else if try LabelledShardHeader.begins(shards[0]) {
        self = .labelledText(try LabelledTextSummary(folder: path, examples: samples))
      } else if try PictureShardHeader.begins(shards[0]) {
        self = .pictures(try PictureShardSummary(folder: path, shards: shards))
      } else {
        self = .shards(try ShardSummary(folder: path, shards: shards))
      }
    } else if path.hasSuffix(".safetensors") {
      self = .tensors(try TensorFileSummary(path))
    } else if try TextShardHeader.begins(path) {
      self = .text(try TextShardSummary(file: path))
    } else if try LabelledShardHeader.begins(path) {
      self = .labelledText(try LabelledTextSummary(file: path))
    } else if try PictureShardHeader.begins(path) {
      self = .pictures(try PictureShardSummary(file: path))
    } else if try path.hasSuffix(".shard") || ShardHeader.begins(path) {
      self = .shards(try ShardSummary(file: path))
    } else {
      let prefix = try Self.prefix(of: path)
      guard FileKind(of: prefix)?.isSafeTensors == true else {
        throw CommandError(
          "\(path): \(FileKind.clause(about: prefix)), which inspect does not know; name \(Self.known)",
          exitCode: .badData)
      }
      self = .tensors(try TensorFileSummary(path))
    }
  }

  /// The first bytes of the file at `path`.
  private static func prefix(of path: String) throws(CommandError) -> Data {
    do {
      let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
      return try file.read(upToCount: FileKind.prefixBytes) ?? Data()
    } catch {
      throw CommandError("\(path): cannot be read: \(error.reason)", exitCode: .inputOutput)
    }
  }

  private static let known =
    "a configuration (.toml), a checkpoint or run directory, shards, or weights (.safetensors)"
}

import Checkpoints
import Configuration
import Digests
import Foundation
import Model
import Platform
import Saving
import Train
import Transfer

/// What was found when every byte of checkpoints was read and every digest computed again.
public struct CheckpointVerification: Sendable, Encodable {
  /// One checkpoint.
  public struct Entry: Sendable, Encodable {
    /// The folder.
    public let path: String
    /// The step of a valid one, else what the folder's name says, if it does.
    public let step: Int?
    /// What is wrong with it; nil if it is valid.
    public let fault: String?
  }

  /// The folders that were read, newest first.
  public let checkpoints: [Entry]
  /// The step that a resumed run would go on from: the newest whose files match their digests.
  public let resumeStep: Int?
  /// That step, where a resumed run would stop at it, because it lacks what the run reads.
  public let refusedStep: Int?

  /// The damaged ones.
  public var damaged: [Entry] { checkpoints.filter { $0.fault != nil } }

  /// Reads the checkpoints of the run `path`, or the checkpoint `path`.
  ///
  /// - Throws: ``CommandError`` if there is none, or `CheckpointError` where the system refuses to
  ///   read: that says nothing of what they hold.
  public init(_ path: String) throws {
    var entries: [Entry] = []
    var newest: (step: Int, isUsable: Bool)?
    func note(_ entry: Entry, _ isUsable: Bool?) {
      entries.append(entry)
      if newest == nil, let step = entry.step, let isUsable { newest = (step, isUsable) }
    }
    let path = try Checkpoint.path(meantBy: path)
    if RunCheckpoints.isCheckpoint(path) {
      let (entry, isUsable) = try Self.verify(path, step: nil) { try Self.open(path) }
      note(entry, isUsable)
    } else {
      let store = try RunCheckpoints(path).store
      // A run that saves often may remove all that were there, one after the other.
      for _ in 0..<Self.maximumLooks where entries.isEmpty {
        for step in try store.steps() {
          let (entry, isUsable) = try Self.verify(store.path(of: step), step: step) {
            try store.openIfThere(step: step) ?? store.open(step: step)
          }
          // A run may have removed it while it was read.
          if entry.fault != nil, try !store.steps().contains(step) { continue }
          note(entry, isUsable)
        }
      }
      guard !entries.isEmpty else {
        throw CommandError(
          "\(store.directory): holds no checkpoint; name the directory of a run that has saved one",
          exitCode: .badData)
      }
    }
    checkpoints = entries
    resumeStep = newest.flatMap { $0.isUsable ? $0.step : nil }
    refusedStep = newest.flatMap { $0.isUsable ? nil : $0.step }
  }

  /// How often the checkpoints of a run are listed until one stays there while it is read.
  private static let maximumLooks = 100

  /// One entry, and whether a run could go on from it; nil if a run would pass it over as damaged.
  private static func verify(
    _ path: String, step: Int?, _ open: () throws -> Checkpoint
  ) throws -> (Entry, isUsable: Bool?) {
    var step = step
    var isUsable: Bool?
    do {
      let checkpoint = try open()
      step = checkpoint.state.step
      isUsable = false
      let configuration = try checkpoint.trainingConfiguration()
      try configuration.validate()
      let model = try Model(configuration.model, freezing: configuration.optimizer.freezes)
      try checkpoint.requireTensors(of: configuration, model)
      isUsable = true
      try checkpoint.checkWeights(model.layout)
      return (Entry(path: path, step: step, fault: nil), isUsable)
    } catch let error as CheckpointError where error.code == .inputOutput {
      throw error
    } catch {
      return (Entry(path: path, step: step, fault: "\(error)"), isUsable)
    }
  }

  /// The checkpoint in the folder `path`, whose name may not be that of another step.
  private static func open(_ path: String) throws -> Checkpoint {
    let checkpoint = try Checkpoint.open(path)
    let name = URL(filePath: path).lastPathComponent
    let step = checkpoint.state.step
    if name.hasPrefix("step-") && name != CheckpointStore.folderName(step) {
      throw CommandError(
        "\(path): the folder holds the checkpoint of step \(step); use another copy or an older "
          + "checkpoint", exitCode: .badData)
    }
    return checkpoint
  }
}

extension Checkpoint {
  /// Compares the weights, piece by piece, with the digest in the state.
  fileprivate func checkWeights(_ layout: ParameterLayout) throws {
    let file = try file(CheckpointTensor.weightsFile)
    var digest = SHA256()
    for parameter in layout.parameters {
      let tensor = try file.tensor(parameter.name)
      guard tensor.shape == parameter.shape && tensor.type == .float32 else {
        throw CommandError(
          "\(file.path): \(parameter.name) is \(tensor.typeName) \(tensor.shape), the model of "
            + "the state needs F32 \(parameter.shape); use another copy", exitCode: .badData)
      }
      for start in stride(from: 0, to: tensor.bytes.count, by: SafeTensorsFile.pieceBytes) {
        let piece = try file.piece(of: tensor, at: start)
        digest.update(piece.span)
      }
    }
    let weightsDigest = digest.hexadecimal
    guard weightsDigest == state.weightsSHA256 else {
      throw CommandError(
        "\(file.path): the digest of the weights is not the one in \(Self.stateFile); use another "
          + "copy or an older checkpoint", exitCode: .badData)
    }
  }
}

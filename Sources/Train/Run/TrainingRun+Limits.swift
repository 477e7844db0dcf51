import Comm
import Configuration
import Kernels
import Model
import Platform

/// Limits of the process that a run is going to meet: told at its start, before work is lost to them.
extension TrainingRun {
  /// Throws where this rank may not have the memory that it is going to take.
  ///
  /// - Throws: `CommandError` with exit code 64.
  static func requireMemory(
    _ configuration: TrainingConfiguration, _ inputs: TrainingInputs, ranks: Int
  ) throws(CommandError) {
    // The data are there already.
    let estimate = MemoryEstimate(
      configuration, inputs.model, ranks: ranks,
      sharesMemory: ranks > 1 && configuration.wantsSharedMemory, dataBytes: 0)
    let bytes = estimate.bytesToCome(threads: configuration.train.threads)
    guard !MemoryLimits.leave(bytes) else { return }
    throw CommandError(
      "the run needs \(MemoryEstimate.megabytes(bytes)) MB more of memory, for which the "
        + "limits (ulimit -v, ulimit -d) leave no room; raise them, or lower --threads or "
        + "train.micro_batch_size", exitCode: .usage)
  }

  /// Throws where no checkpoint can be written because files may not grow to its size.
  ///
  /// - Throws: `CommandError` with exit code 74; `HostError`.
  static func requireFileSize(_ parts: TrainingParts) throws {
    guard let limit = try ResourceLimit.fileSize.current() else { return }
    let files = CheckpointTensor.fileBytes(of: parts.configuration, parts.model.layout)
    let bytes = files.values.max() ?? 0
    guard bytes > limit else { return }
    throw CommandError(
      "\(parts.options.runDirectory): files may not exceed \(limit) bytes (ulimit -f), and a checkpoint "
        + "has one of \(bytes); raise the limit", exitCode: .inputOutput)
  }
}

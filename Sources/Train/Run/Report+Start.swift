import Checkpoints
import Comm
import Configuration
import Datasets
import Files
import Foundation
import Hardware
import Kernels
import Memory
import Model
import Optimization
import Planning
import Reporting

extension Report {
  /// Says what is about to run, and where.
  package func start(_ parts: TrainingParts, _ progress: TrainingProgress) {
    guard parts.communication.rank == 0 else { return }
    record(startEvent(parts, progress))
    let (ranks, threads) = (parts.communication.size, parts.configuration.train.threads)
    let description = parts.description
    let estimate = MemoryEstimate(
      parts.configuration, parts.model, ranks: ranks, sharesMemory: parts.shared != nil,
      ranksOfHosts: parts.ranksOfHosts,
      dataBytes: parts.trainingSet.memoryBytes + parts.testSet.memoryBytes)
    let cost = ModelCost(parts.model)
    let trainable =
      cost.trainableParameters == cost.parameters
      ? "" : ", of which \(cost.trainableParameters) learn"
    say(
      "\(counted(ranks, "rank")) × \(counted(threads, "thread")) on \(description.placement.hostsDescription), "
        + "\(description.placement.bindingDescription)")
    say(
      "\(description.machine.processor ?? ""), \(productsDescription(parts)), "
        + "\(parts.configuration.train.precision), "
        + "\(cost.parameters) parameters\(trainable), "
        + "\(MemoryEstimate.megabytes(estimate.total)) MB a rank "
        + "(\(MemoryEstimate.megabytes(estimate.peak)) MB with a checkpoint in progress), "
        + "\(parts.coordinator.steps) steps of \(parts.configuration.train.globalBatchSize) samples "
        + "(\(parts.coordinator.stepsPerEpoch) an epoch)")
    for remark in StartRemarks.lines(parts) { say(remark) }
    sayReservations(parts)
    if progress.step > 0 { say("resumed after step \(progress.step)") }
  }

  /// How the run was started, for programs.
  private func startEvent(_ parts: TrainingParts, _ progress: TrainingProgress) -> JSONLine {
    let description = parts.description
    var line = JSONLine(event: "start")
    line.add("ranks", parts.communication.size)
    line.add("threads", parts.configuration.train.threads)
    line.add("hosts", description.placement.hosts.map(\.name))
    line.add("build", description.machine.build)
    line.add("processor", description.machine.processor ?? "")
    line.add("cpu", description.machine.core)
    line.add("blas", description.machine.blas)
    line.add("products", parts.model.products.rawValue)
    line.add("precision", parts.model.precision.rawValue)
    line.add("libc", description.machine.libc ?? "")
    line.add("library_settings", description.machine.librarySettings ?? "")
    if let libraries = description.machine.pictureLibraries {
      line.add("picture_libraries", libraries)
    } else {
      line.addNull("picture_libraries")
    }
    if progress.step > 0 {
      line.add("resumed_from", progress.step)
    } else {
      line.addNull("resumed_from")
    }
    line.add("configuration_digest", parts.configuration.identityDigest)
    line.add("dataset_digest", description.trainingDigest)
    line.add("test_dataset_digest", description.testDigest)
    if let digest = progress.givenWeightsSHA256 {
      line.add("given_weights_sha256", digest)
    } else {
      line.addNull("given_weights_sha256")
    }
    return line
  }

  /// Says if the bits depend on more than the configuration, and if an average is of little use.
  private func sayReservations(_ parts: TrainingParts) {
    if parts.configuration.train.reduction == .mpi {
      say("train.reduction = \"mpi\": the bits depend on the number of ranks")
    }
    if parts.configuration.train.wirePrecision == .bf16 {
      say(
        "train.wire_precision = \"bf16\": "
          + (parts.sendsGradients
            ? "the bits depend on the number of ranks"
            : "no gradient travels here and none is rounded; on several hosts the bits differ"))
    }
    let share = parts.configuration.train.averageDecay.shareOfFirst(after: parts.coordinator.steps)
    if parts.optimizer.average != nil, share > 0.05 {
      say(
        "train.ema_decay = \(parts.configuration.train.emaDecay): at the end the averaged weights still "
          + "hold \(percent(share)) of the first ones; set train.ema_warmup = true")
    }
  }

  /// The library of products, as in "products by OpenBLAS for Zen".
  private func productsDescription(_ parts: TrainingParts) -> String {
    let products = parts.model.products
    return products.usesOpenBLAS
      ? "products by \(products.description) (\(parts.description.machine.core))"
      : products.description
  }
}

/// Remarks at the start about what may surprise in a run without faults.
enum StartRemarks {
  /// The lines, none if there is nothing to say.
  static func lines(_ parts: TrainingParts) -> [String] {
    [
      unusedSamples(
        of: parts.trainingSet.count, batchSize: parts.configuration.train.globalBatchSize),
      lateStop(after: parts.options.stopAfter, steps: parts.coordinator.steps),
    ].compactMap(\.self)
  }

  /// The remark that `--stop-after` does not come before the end.
  static func lateStop(after stop: Int?, steps: Int) -> String? {
    guard let stop, stop >= steps else { return nil }
    return "--stop-after \(stop) has no effect: the run has \(counted(steps, "step"))"
  }

  /// The remark that batches are whole: samples after the last one of an epoch are not used in it.
  static func unusedSamples(of count: Int, batchSize: Int) -> String? {
    let unused = count % batchSize
    guard unused > 0 else { return nil }
    return unused == 1
      ? "1 of \(count) samples is left out of each epoch, a different one each time: batches have \(batchSize)"
      : "\(unused) of \(count) samples are left out of each epoch, different ones each time: batches have \(batchSize)"
  }
}

import Configuration
import Datasets
import Files
import Inspection
import Model

extension CheckpointSummary {
  /// What it is, what it was trained for and what came of it, for people.
  func text(_ overview: RunOverview) -> String {
    let configuration = overview.configuration
    var rows: [(name: String, value: String)] = []
    if let run = overview.run { rows.append(("run", "\(run)\(overview.state)")) }
    rows += [
      ("checkpoint", "\(path) (all digests verified)"),
      ("task", configuration.taskText), ("model", configuration.modelText),
      ("parameters", Numbers.grouped(parameters)), ("step", progress(configuration)),
    ]
    if let evaluation = overview.evaluation { rows.append(("result", evaluation.text)) }
    for (name, best) in [("best", best), ("best averaged", bestAveraged)] {
      guard let best else { continue }
      rows.append((name, "\(best.metric) \(best.value) after step \(best.step)"))
    }
    if !overview.checkpoints.isEmpty {
      let steps = overview.checkpoints.map(String.init).joined(separator: ", ")
      rows.append(("checkpoints", "after step \(steps)"))
    }
    rows += [
      ("seed", "\(seed)"), ("weights", weightsSha256), ("configuration", configurationDigest),
      ("training set", configuration.dataText(configuration.data.train, datasetDigest)),
    ]
    if let testDatasetDigest {
      rows.append(
        ("test set", configuration.dataText(configuration.data.test, testDatasetDigest)))
    }
    rows += [
      ("made by", "gmlp-train \(build), ranks \(ranks), threads \(threads) in each"),
      ("on", "\(processor ?? cpu), \(blas)"),
    ]
    return Numbers.table(rows)
  }

  /// Its files and their tensors.
  var tensors: String {
    files.map { file in
      "\n\(printable(file.name)), \(Numbers.megabytes(file.bytes)), sha256 \(file.sha256)\n"
        + file.tensors.text
    }.joined(separator: "\n")
  }

  /// How far the training had come.
  private func progress(_ configuration: TrainingConfiguration) -> String {
    let train = configuration.train
    let steps = train.steps > 0 ? " of \(Numbers.grouped(train.steps))" : ""
    let epochs = train.steps > 0 ? "" : " of \(train.epochs)"
    let place =
      position == 0
      ? "the end of epoch \(epoch)\(epochs)"
      : "epoch \(epoch)\(epochs), \(Numbers.grouped(position)) samples into it"
    return "\(Numbers.grouped(step))\(steps), \(place); "
      + "\(Numbers.grouped(samplesSeen)) samples seen"
  }
}

extension RunOverview {
  /// How the run has ended, in brackets; empty if that is not known.
  fileprivate var state: String { ending.map { " (\($0))" } ?? "" }
}

extension RecordedEvaluation {
  /// The result for people.
  fileprivate var text: String {
    let own = Self.text(loss, accuracy)
    let averaged = emaLoss == nil && emaAccuracy == nil ? nil : Self.text(emaLoss, emaAccuracy)
    return own + (averaged.map { "; averaged weights \($0)" } ?? "") + "; after step \(step)"
  }

  private static func text(_ loss: Double?, _ accuracy: Double?) -> String {
    "loss \(loss.map(Numbers.loss) ?? "not finite"), "
      + "accuracy \(accuracy.map(Numbers.percent) ?? "not finite")"
  }
}

extension TrainingConfiguration {
  fileprivate var taskText: String {
    let classes = task.classCount.map { ", \(counted($0, "class", "classes"))" } ?? ""
    return "\(model.output)\(classes)"
  }

  fileprivate var modelText: String {
    "\(model.kind.rawValue), \(counted(model.numLayers, "block")) of \(model.dModel) channels, "
      + "\(counted(model.tokens, "token"))"
  }

  /// Where a data set was, and its digest.
  fileprivate func dataText(_ files: [String], _ digest: String) -> String {
    let place = files.isEmpty ? data.format.rawValue : files.joined(separator: ", ")
    return "\(place), sha256 \(digest)"
  }
}

package import Configuration
import Foundation
package import Reporting

/// The events of a run's `metrics.jsonl` as TensorBoard shows them.
///
/// Only tags that come at the same steps after a resume: TensorBoard's server forgets the points after the step that
/// a run resumes from when a tag is written again, and not before.
package enum RunEvents {
  /// The fields of a step that are numbers to show, each with its tag.
  private static let stepTags: [(field: String, tag: String)] = [
    ("loss", "train/loss"), ("accuracy", "train/accuracy"),
    ("accuracy_top5", "train/accuracy_top5"), ("epoch", "train/epoch"),
    ("learning_rate", "optimizer/learning_rate"), ("grad_norm", "optimizer/gradient_norm"),
    ("samples_per_second", "speed/samples_per_second"), ("step_seconds", "speed/step_seconds"),
  ]

  /// The fields of an evaluation that are numbers to show; their tags begin with `validation/`.
  private static let evaluationFields = [
    "loss", "accuracy", "accuracy_top5", "perplexity", "ema_loss", "ema_accuracy",
    "ema_accuracy_top5", "ema_perplexity", "f1", "macro_f1", "matthews_correlation",
    "predicted_classes",
  ]

  /// What is shown of `event`; nil if nothing is.
  ///
  /// - Parameters:
  ///   - event: a line of the metrics.
  ///   - time: of the event, if it has none of its own.
  /// - Returns: an event with all numbers that it has.
  package static func shown(_ event: RecordedEvent, at time: Double) -> TensorBoardEvent? {
    let moment = event.time ?? time
    var values: [TensorBoardValue] = []
    func show(_ field: String, as tag: String) {
      if let number = event.numbers[field] { values.append(TensorBoardValue(tag, .scalar(number))) }
    }
    switch event.name {
    case "step":
      for (field, tag) in stepTags { show(field, as: tag) }
    case "evaluation":
      for field in evaluationFields { show(field, as: "validation/\(field)") }
      show("evaluation_seconds", as: "speed/evaluation_seconds")
    case "start": values.append(TensorBoardValue("run/environment", .text(environment(event))))
    case "diverged": values.append(sessionEnd(.failure, moment))
    case "end" where event.texts["reason"] == "finished":
      values.append(sessionEnd(.success, moment))
    default: break
    }
    if values.isEmpty { return nil }
    return TensorBoardEvent(
      time: moment, step: event.step ?? event.integer("resumed_from") ?? 0, values: values)
  }

  /// What is shown of a run before its first step: its configuration, and the charts that compare curves.
  package static func beginning(
    of configuration: TrainingConfiguration, time: Double, step: Int
  ) -> TensorBoardEvent {
    var start = ProtocolBuffer()
    start.add(1, integer: 0)
    start.add(3, message: Hyperparameters(configuration).sessionStart(time: time))
    return TensorBoardEvent(
      time: time, step: step,
      values: [
        TensorBoardValue("_hparams_/session_start_info", .plugin("hparams", start)),
        TensorBoardValue("custom_scalars__config__", .layout(layout)),
        TensorBoardValue("run/configuration", .text("```\n\(configuration.toml)\n```")),
      ])
  }

  private enum Status: Int {
    case success = 1
    case failure = 2
  }

  private static func sessionEnd(_ status: Status, _ time: Double) -> TensorBoardValue {
    var content = ProtocolBuffer()
    content.add(1, integer: 0)
    content.add(4) {
      $0.add(1, integer: status.rawValue)
      $0.add(2, double: time)
    }
    return TensorBoardValue("_hparams_/session_end_info", .plugin("hparams", content))
  }

  /// Training and validation in one chart each.
  private static var layout: ProtocolBuffer {
    var layout = ProtocolBuffer()
    layout.add(2) { category in
      category.add(1, text: "training and validation")
      for figure in ["loss", "accuracy", "accuracy_top5"] {
        category.add(2) { chart in
          chart.add(1, text: figure)
          chart.add(2) { lines in
            for group in ["train/", "validation/", "validation/ema_"] {
              lines.add(1, text: "^\(group)\(figure)$")
            }
          }
        }
      }
    }
    return layout
  }

  private static func environment(_ event: RecordedEvent) -> String {
    var rows = event.texts.filter { $0.key != "event" }
    for (key, list) in event.lists { rows[key] = list.joined(separator: ", ") }
    for (key, number) in event.numbers where number.isFinite {
      rows[key] = Int(exactly: number).map { "\($0)" } ?? "\(number)"
    }
    return "| | |\n| --- | --- |\n"
      + rows.sorted { $0.key < $1.key }.map { "| \($0) | \($1) |\n" }.joined()
  }
}

/// The keys of a configuration by which TensorBoard's table of hyperparameters tells runs apart.
struct Hyperparameters {
  private let configuration: TrainingConfiguration

  /// Keys that every run shows; of the others those that are not as usual.
  private static let always: Set<String> = [
    "seed", "model.kind", "model.d_model", "model.d_ffn", "model.num_layers", "train.epochs",
    "train.global_batch_size", "train.precision", "optimizer.kind", "optimizer.learning_rate",
    "optimizer.weight_decay",
  ]

  init(_ configuration: TrainingConfiguration) {
    self.configuration = configuration
  }

  /// The message SessionStartInfo; runs that differ in their seed alone have one group.
  func sessionStart(time: Double) -> ProtocolBuffer {
    var seedless = configuration
    seedless.seed = 0
    var message = ProtocolBuffer()
    for (key, value) in values {
      message.add(1) { entry in
        entry.add(1, text: key)
        entry.add(2, message: value)
      }
    }
    message.add(4, text: seedless.identityDigest)
    message.add(5, double: time)
    return message
  }

  private var values: [(key: String, value: ProtocolBuffer)] {
    let usual = TrainingConfiguration()
    return TrainingConfiguration.settings.compactMap { setting in
      let text = setting.value(in: configuration)
      let isUsual = text == setting.value(in: usual)
      guard Self.always.contains(setting.key) || setting.role != .changeable && !isUsual else {
        return nil
      }
      return (key: setting.key, value: Self.value(text))
    }
  }

  /// The value that `toml` says: a number, true or false, or a string.
  private static func value(_ toml: String) -> ProtocolBuffer {
    var value = ProtocolBuffer()
    if let number = Double(toml) {
      value.add(2, double: number)
    } else if toml == "true" || toml == "false" {
      value.add(4, bool: toml == "true")
    } else {
      value.add(3, text: toml.trimmingCharacters(in: CharacterSet(charactersIn: "\"")))
    }
    return value
  }
}

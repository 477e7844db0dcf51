import ArgumentParser
import Comm
import Configuration
import Datasets
import Foundation
import Inspection
import Platform
import Reporting
import Train

/// The files that `evaluate` is asked to write, by their names.
struct EvaluationTables {
  /// Those of `--confusion`.
  let confusion: [String]
  /// That of `--per-class`.
  let perClass: String?
  /// That of `--predictions`.
  let predictions: String?

  /// Checks the names, before anything is read.
  ///
  /// - Throws: `ValidationError`.
  func validate() throws {
    for path in confusion where !["csv", "png"].contains(Self.suffix(of: path)) {
      throw ValidationError("--confusion \(path): end the name in .csv or .png")
    }
    if let perClass, Self.suffix(of: perClass) != "csv" {
      throw ValidationError("--per-class \(perClass): end the name in .csv")
    }
    var seen: Set<String> = []
    for path in names {
      guard seen.insert(URL(filePath: path).standardizedFileURL.path).inserted else {
        throw ValidationError("\(path) is given twice; each file holds one thing")
      }
    }
  }

  private var names: [String] { confusion + [perClass, predictions].compactMap(\.self) }

  /// Looks at the places of the files, on rank zero, before the work begins.
  ///
  /// - Throws: ``CommandError`` on all ranks: 64 if the model has no classes, or too many, or no official script reads
  ///   what it predicts; 74 if a file cannot be written.
  func open(
    for trained: TrainedModel, _ communication: CommunicationThread
  ) throws -> EvaluationFiles {
    if names.isEmpty { return EvaluationFiles() }
    let task = trained.configuration.task
    try requireClasses(task.classCount)
    guard predictions == nil || task.predictionFormat != nil else {
      throw CommandError(
        "--predictions: needs a model that classifies texts or answers questions; "
          + "leave it out", exitCode: .usage)
    }
    let opened = Result { () throws(CommandError) -> EvaluationFiles in
      var files = EvaluationFiles()
      guard communication.rank == 0 else { return files }
      for path in confusion { files.confusion.append(try ResultFile(path)) }
      if let perClass { files.perClass = try ResultFile(perClass) }
      if let predictions, let format = task.predictionFormat {
        files.predictions = try PredictionFiles(predictions, format)
      }
      return files
    }
    try StartAgreement.check(opened.map { _ in [] }, communication, isOfRankZero: true)
    return try opened.get()
  }

  /// Refuses tables by class where there are no classes, and a matrix of too many.
  private func requireClasses(_ count: Int?) throws(CommandError) {
    guard let option = confusion.isEmpty ? perClass.map({ _ in "--per-class" }) : "--confusion"
    else { return }
    guard let count else {
      throw CommandError(
        "\(option): does not go with a model without classes, such as one of text; leave it out",
        exitCode: .usage)
    }
    guard confusion.isEmpty || count <= ConfusionPicture.maximumClasses else {
      throw CommandError(
        "--confusion: a matrix of \(count) classes is too large, and at most "
          + "\(ConfusionPicture.maximumClasses) are written; --per-class has a line for each",
        exitCode: .usage)
    }
  }

  /// What follows the last dot of the name.
  static func suffix(of path: String) -> String {
    URL(filePath: path).pathExtension.lowercased()
  }
}

/// The files themselves, on rank zero.
struct EvaluationFiles {
  var confusion: [ResultFile] = []
  var perClass: ResultFile?
  var predictions: PredictionFiles?

  /// Writes what was asked for.
  ///
  /// - Throws: ``CommandError`` (74; 65 for the name of a class that a file of predictions cannot hold), or
  ///   `DatasetError` without memory for a picture.
  /// - Returns: a line for each file.
  func write(_ evaluation: EvaluationRun) throws -> [String] {
    var lines: [String] = []
    if let predictions, let found = evaluation.predictions {
      lines = try predictions.write(found)
    }
    guard let counts = evaluation.confusion, let classes = evaluation.result.classes else {
      precondition(confusion.isEmpty && perClass == nil, "files for a model without classes")
      return lines
    }
    for file in confusion {
      if EvaluationTables.suffix(of: file.path) == "png" {
        let picture = ConfusionPicture(counts).image
        try file.write(PNGEncoder.encode(picture, at: FileLocation(file.path)))
      } else {
        try file.write(ClassTables.confusion(counts, classes))
      }
      lines.append("confusion matrix: \(file.path)")
    }
    if let perClass {
      try perClass.write(ClassTables.perClass(classes))
      lines.append("classes: \(perClass.path)")
    }
    return lines
  }
}

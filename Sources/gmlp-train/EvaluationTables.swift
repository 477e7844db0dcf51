import ArgumentParser
import Comm
import Configuration
import Datasets
import Foundation
import Inspection
import Platform
import Train

/// The files that `evaluate` is asked to write, by their names.
struct EvaluationTables {
  /// Those of `--confusion`.
  let confusion: [String]
  /// That of `--per-class`.
  let perClass: String?

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
    for path in confusion + [perClass].compactMap(\.self) {
      guard seen.insert(URL(filePath: path).standardizedFileURL.path).inserted else {
        throw ValidationError("\(path) is given twice; each file holds one thing")
      }
    }
  }

  /// Looks at the places of the files, on rank zero, before the work begins.
  ///
  /// - Throws: ``CommandError`` on all ranks: 64 if the model has no classes, or too many; 74 if a file cannot be
  ///   written.
  func open(
    for trained: TrainedModel, _ communication: CommunicationThread
  ) throws -> EvaluationFiles {
    guard let option = confusion.isEmpty ? perClass.map({ _ in "--per-class" }) : "--confusion"
    else { return EvaluationFiles(confusion: [], perClass: nil) }
    guard let classes = trained.configuration.task.classCount else {
      throw CommandError(
        "\(option): does not go with a model without classes, such as one of text; leave it out",
        exitCode: .usage)
    }
    guard confusion.isEmpty || classes <= ConfusionPicture.maximumClasses else {
      throw CommandError(
        "--confusion: a matrix of \(classes) classes is of no use, and up to "
          + "\(ConfusionPicture.maximumClasses) are written; --per-class has a line for each",
        exitCode: .usage)
    }
    let opened = Result { () throws(CommandError) -> EvaluationFiles in
      guard communication.rank == 0 else { return EvaluationFiles(confusion: [], perClass: nil) }
      return EvaluationFiles(
        confusion: try confusion.map { path throws(CommandError) in try ResultFile(path) },
        perClass: try perClass.map { path throws(CommandError) in try ResultFile(path) })
    }
    try StartAgreement.check(opened.map { _ in [] }, communication, isOfRankZero: true)
    return try opened.get()
  }

  /// What stands behind the last dot of the name.
  static func suffix(of path: String) -> String {
    URL(filePath: path).pathExtension.lowercased()
  }
}

/// The files themselves, on rank zero.
struct EvaluationFiles {
  let confusion: [ResultFile]
  let perClass: ResultFile?

  /// Writes what was asked for.
  ///
  /// - Throws: ``CommandError`` (74), or `DatasetError` without memory for a picture.
  /// - Returns: a line for each file.
  func write(_ evaluation: EvaluationRun) throws -> [String] {
    guard let counts = evaluation.confusion, let classes = evaluation.result.classes else {
      precondition(confusion.isEmpty && perClass == nil, "files for a model without classes")
      return []
    }
    for file in confusion {
      if EvaluationTables.suffix(of: file.path) == "png" {
        let picture = ConfusionPicture(counts).image
        try file.write(PNGEncoder.encode(picture, at: FileLocation(file.path)))
      } else {
        try file.write(ClassTables.confusion(counts, classes))
      }
    }
    try perClass?.write(ClassTables.perClass(classes))
    return confusion.map { "confusion matrix: \($0.path)" }
      + [perClass].compactMap(\.self).map { "classes: \($0.path)" }
  }
}

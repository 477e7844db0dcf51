internal import Foundation

/// The moment by which a run has to be over, as the script of a batch job says it.
struct Deadline {
  /// The variable that has it, in seconds since 1970.
  static let variable = "GMLP_TRAIN_DEADLINE"
  /// The variable that names a file: a run that has stopped for the deadline says so there.
  static let fileVariable = "GMLP_TRAIN_DEADLINE_FILE"

  /// The moment.
  let time: ContinuousClock.Instant
  private let file: String?

  /// Reads the variables.
  ///
  /// - Throws: ``StartError`` for what is no time.
  /// - Returns: nil where there is no deadline.
  static func read(
    _ variables: [String: String] = ProcessInfo.processInfo.environment
  ) throws(StartError) -> Deadline? {
    guard let text = variables[variable], !text.isEmpty else { return nil }
    guard let seconds = Double(text), seconds > 0, seconds < 1e12 else {
      throw StartError(
        "\(variable)=\(text): is not a time; give seconds since 1970, as date +%s has them, or unset it",
        exitCode: 64)
    }
    return Deadline(
      time: .now + .seconds(seconds - Date().timeIntervalSince1970), file: variables[fileVariable])
  }

  /// Tells the script that the run has stopped, saved, because of the deadline.
  func tellOfStop() {
    guard let file else { return }
    do {
      try "deadline\n".write(toFile: file, atomically: true, encoding: .utf8)
    } catch {
      StandardError.write("\(file): cannot be written: \(error.reason); the job is not requeued")
    }
  }
}

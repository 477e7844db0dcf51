import Foundation

/// Runs the inputs in a process of their own, so that one that ends it can be named.
struct Supervisor {
  private let options: FuzzOptions

  init(_ options: FuzzOptions) {
    self.options = options
  }

  /// Returns when all inputs were fed: 0, or the exit code of a worker that has told of a finding.
  ///
  /// - Throws: ``FuzzFinding`` for an input that ended the worker.
  func run() throws -> Int32 {
    let folder = try makeFolder("\(Self.place)/fuzzer-\(UUID().uuidString)")
    defer { remove(folder) }
    let worker = Process()
    worker.executableURL = URL(
      filePath: try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
    worker.arguments = [
      options.reader.name, "--inputs", "\(options.inputs)", "--seed", "\(options.seed)",
      "--first", "\(options.first)", "--worker", folder,
    ]
    try worker.run()
    worker.waitUntilExit()
    if worker.terminationReason == .exit { return worker.terminationStatus }
    throw FuzzFinding(description: try describeEnd(by: worker.terminationStatus, in: folder))
  }

  /// Files in memory are quicker, where there are any.
  private static var place: String {
    let memory = "/dev/shm"
    return FileManager.default.isWritableFile(atPath: memory)
      ? memory : FileManager.default.temporaryDirectory.path
  }

  private func describeEnd(by signal: Int32, in folder: String) throws -> String {
    let text = try String(contentsOfFile: "\(folder)/\(FuzzRun.numberFile)", encoding: .utf8)
    guard let number = Int(text.trimmingCharacters(in: .whitespacesAndNewlines)) else {
      return "signal \(signal) before the first input"
    }
    let reader = try options.reader.init(in: makeFolder("\(folder)/again"))
    let input = FuzzInput(number, seed: options.seed, of: reader)
    let what =
      signal == SIGALRM
      ? "no end after \(FuzzRun.deadlineSeconds) s" : "the reader was ended by signal \(signal)"
    return try FuzzRun.keep(input, number, options, what)
  }

  private func remove(_ folder: String) {
    do {
      try FileManager.default.removeItem(atPath: folder)
    } catch {
      print("\(folder) is left behind: \(error)")
    }
  }
}

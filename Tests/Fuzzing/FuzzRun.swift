import Foundation

/// The worker: gives a reader one damaged file after the other.
struct FuzzRun {
  /// The file in which the number of the current input stands, for the process that watches.
  static let numberFile = "number"
  /// After this time an input is ended from outside.
  static let deadlineSeconds: UInt32 = 300

  private static let slowestSeconds = 1.0
  private static let toldInputs = 100_000

  private let options: FuzzOptions
  private let reader: any FuzzedReader
  private let number: FileHandle
  private let watcher = getppid()

  init(_ options: FuzzOptions, in folder: String) throws {
    self.options = options
    reader = try options.reader.init(in: makeFolder("\(folder)/files"))
    try write([], to: "\(folder)/\(Self.numberFile)")
    number = try FileHandle(forWritingTo: URL(filePath: "\(folder)/\(Self.numberFile)"))
  }

  /// Runs all inputs.
  ///
  /// - Throws: ``FuzzFinding`` at the first that is not dealt with in good order.
  func run() throws -> FuzzReport {
    for seed in reader.seeds { try reader.read(seed) }
    try FuzzMemory.limitAddresses()
    var report = FuzzReport(reader: options.reader.name)
    let start = ContinuousClock.now
    for number in options.first..<options.first + options.inputs {
      try note(number)
      let input = FuzzInput(number, seed: options.seed, of: reader)
      do {
        try feed(input, &report)
      } catch {
        throw FuzzFinding(description: try Self.keep(input, number, options, "\(error)"))
      }
      tell(number + 1 - options.first, after: start.duration(to: .now))
    }
    report.seconds = start.duration(to: .now) / .seconds(1)
    report.peakBytes = ProcessUsage.now.peakBytes
    return report
  }

  /// The line about a finding, after its input was written to a file that it names.
  static func keep(
    _ input: FuzzInput, _ number: Int, _ options: FuzzOptions, _ what: String
  ) throws -> String {
    let name = "fuzzer-\(options.reader.name)-\(options.seed)-\(number)"
    let path = FileManager.default.temporaryDirectory.appending(path: name).path
    try write(input.bytes, to: path)
    return
      "finding: \(what); repeat it by '\(options.command(for: number))'; the input is in \(path)"
  }

  /// Says from time to time how far it is.
  private func tell(_ done: Int, after time: Duration) {
    guard done % Self.toldInputs == 0, done < options.inputs else { return }
    let line =
      "\(options.reader.name): \(done) of \(options.inputs) inputs, \(time.components.seconds) s\n"
    FileHandle.standardError.write(Data(line.utf8))
  }

  private func note(_ input: Int) throws {
    try number.seek(toOffset: 0)
    try number.write(contentsOf: Data("\(input)\n".utf8))
    alarm(Self.deadlineSeconds)
    guard getppid() == watcher else {
      throw FuzzFinding(description: "the process that watches was ended")
    }
  }

  private func feed(_ input: FuzzInput, _ report: inout FuzzReport) throws {
    let before = ProcessUsage.now
    do {
      try reader.read(input.bytes, of: input.seed)
      report.addAccepted()
    } catch {
      try check(error)
      report.addRefused("\(error)")
    }
    let after = ProcessUsage.now
    let seconds = after.seconds - before.seconds
    report.slowestSeconds = max(report.slowestSeconds, seconds)
    guard seconds <= Self.slowestSeconds else {
      throw FuzzFinding(description: "\(input.bytes.count) bytes took \(seconds) s of a processor")
    }
    let growth = after.peakBytes - before.peakBytes
    guard growth <= FuzzMemory.allowance else {
      throw FuzzFinding(description: "\(input.bytes.count) bytes took \(growth) bytes of memory")
    }
  }

  private func check(_ error: any Error) throws {
    if error is FuzzFinding { throw error }
    guard reader.isRefusal(error) else {
      throw FuzzFinding(
        description: "\(type(of: error)) is not what the module refuses with: \(error)")
    }
    guard "\(error)".unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control }) else {
      throw FuzzFinding(
        description: "the message is no line of text: \("\(error)".debugDescription)")
    }
  }
}

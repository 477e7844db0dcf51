import Configuration
import Datasets
import Files
import Platform
import Train

/// Inputs that could not be used: each is reported, and the others are processed.
struct FailedInputs {
  /// An input and why it could not be used.
  struct Failure: Encodable {
    let input: String
    let error: String
  }

  private(set) var failures: [Failure] = []
  /// All inputs.
  var count: Int

  private let listsFailures: Bool
  private var failedCount = 0
  private var firstFault: CommandError?
  /// Whether the first fault was reported at once: it is not the fault of a single input, which ends the program.
  private var isTold = false

  /// None yet of `count` inputs.
  ///
  /// - Parameters:
  ///   - count: the inputs.
  ///   - listsFailures: whether ``failures`` are wanted.
  init(of count: Int, listsFailures: Bool = true) {
    self.count = count
    self.listsFailures = listsFailures
  }

  /// Runs `body`, and reports `input` if it is at fault.
  ///
  /// - Throws: errors that are not the input's fault.
  mutating func attempt(_ input: String, _ body: () throws -> Void) throws {
    do {
      try body()
    } catch let error as DatasetError {
      note(input, CommandError(describing: error))
    } catch let error as CommandError
      where [ExitCode.usage, .badData].map(\.rawValue).contains(error.exitCode)
    {
      note(input, error)
    }
  }

  /// Reports that `input` is at fault.
  mutating func note(_ input: String, _ error: CommandError) {
    failedCount += 1
    if listsFailures { failures.append(Failure(input: input, error: error.description)) }
    firstFault = firstFault ?? error
    guard count > 1 else { return }
    StandardError.write(error.description)
    isTold = true
  }

  /// Ends with 65 if an input could not be used.
  ///
  /// - Throws: ``CommandError``; for a single input its own fault.
  func finish() throws(CommandError) {
    guard let firstFault else { return }
    if !isTold { throw firstFault }
    throw CommandError(
      "\(failedCount) of \(counted(count, "input")) could not be used", exitCode: .badData)
  }
}

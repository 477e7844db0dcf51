import Configuration
import Datasets
import Files
import Platform
import Train

/// Inputs that could not be used: each is told, and the others are worked on.
struct FailedInputs {
  /// An input and why it could not be used.
  struct Failure: Encodable {
    let input: String
    let error: String
  }

  private(set) var failures: [Failure] = []
  /// All inputs.
  var count: Int

  private var firstFault: CommandError?

  /// None yet of `count` inputs.
  init(of count: Int) {
    self.count = count
  }

  /// Does `body`, and tells if `input` is at fault.
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

  /// Ends with 65 if an input could not be used.
  ///
  /// - Throws: ``CommandError``; for a single input its own fault.
  func finish() throws(CommandError) {
    guard let firstFault else { return }
    if count == 1 { throw firstFault }
    throw CommandError(
      "\(failures.count) of \(counted(count, "input")) could not be used", exitCode: .badData)
  }

  private mutating func note(_ input: String, _ error: CommandError) {
    failures.append(Failure(input: input, error: error.description))
    firstFault = firstFault ?? error
    if count > 1 { StandardError.write(error.description) }
  }
}

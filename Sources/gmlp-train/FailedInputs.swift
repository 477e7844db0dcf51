import Datasets
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

  private var firstFault: StartError?

  /// None yet of `count` inputs.
  init(of count: Int) {
    self.count = count
  }

  /// Does `body`, and tells if `input` is at fault.
  ///
  /// - Throws: what is no fault of the input.
  mutating func attempt(_ input: String, _ body: () throws -> Void) throws {
    do {
      try body()
    } catch let error as DatasetError {
      note(input, StartError(describing: error))
    } catch let error as StartError where error.exitCode == 64 || error.exitCode == 65 {
      note(input, error)
    }
  }

  /// Ends with 65 if an input could not be used.
  ///
  /// - Throws: ``StartError``; for a single input its own fault.
  func finish() throws(StartError) {
    guard let firstFault else { return }
    if count == 1 { throw firstFault }
    throw StartError("\(failures.count) of \(count) inputs could not be used", exitCode: 65)
  }

  private mutating func note(_ input: String, _ error: StartError) {
    failures.append(Failure(input: input, error: error.description))
    firstFault = firstFault ?? error
    if count > 1 { StandardError.write(error.description) }
  }
}

import Checkpoints
import Comm
public import Configuration
import Datasets
import Files
import Kernels
import Model
import Platform
import Supervision

extension CommandError {
  /// The fault that `error` is, with its exit code.
  public init(describing error: any Error) {
    self.init("\(error)", relaying: exitCodeOf(error))
  }
}

extension CommandError {
  /// The value of `body`, or its fault with an exit code.
  package static func catching<Value>(_ body: () throws -> Value) -> Result<Value, CommandError> {
    do {
      return .success(try body())
    } catch {
      return .failure(CommandError(describing: error))
    }
  }
}

/// The exit code of an error: see ``ExitCode``.
private func exitCodeOf(_ error: any Error) -> Int32 {
  switch error {
  case let error as CommandError: error.exitCode
  case let error as OutputError: error.exitCode
  case let error as TrainingError: error.exitCode
  default: ownExitCode(error).rawValue
  }
}

private func ownExitCode(_ error: any Error) -> ExitCode {
  switch error {
  case is ConfigurationError: .usage
  case let error as BLASError: error.isLimit ? .usage : .internalError
  case let error as ModelError:
    switch error {
    case .invalidConfiguration: .usage
    case .notFinite: .internalError
    }
  case let error as DatasetError: error.code == .inputOutput ? .inputOutput : .badData
  case let error as CheckpointError: error.code == .inputOutput ? .inputOutput : .badData
  // Messages fail because another rank or the network has failed; a new start may succeed.
  case is MPIError: .rankLost
  default: .internalError
  }
}

internal import Checkpoints
internal import Comm
internal import Datasets
internal import Kernels
internal import Model

extension StartError {
  /// The fault that `error` is, with its exit code.
  public init(describing error: any Error) {
    self.init("\(error)", exitCode: exitCodeOf(error))
  }
}

/// The exit code of an error: see the table in the README.
private func exitCodeOf(_ error: any Error) -> Int32 {
  switch error {
  case let error as StartError: error.exitCode
  case is ConfigurationError: 64
  case let error as OutputError: error.exitCode
  case let error as BLASError: error.isLimit ? 64 : 70
  case let error as ModelError:
    switch error {
    case .invalidConfiguration: 64
    case .notFinite: 70
    }
  case let error as DatasetError: error.code == .inputOutput ? 74 : 65
  case let error as CheckpointError: error.code == .inputOutput ? 74 : 65
  case let error as TrainingError: error.exitCode
  // Where messages fail another rank or the network has, and a new start may succeed.
  case is MPIError: Watchdog.exitCode
  default: 70
  }
}

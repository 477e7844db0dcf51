import Foundation
import Hardware
import Kernels
import Synchronization

/// The kernels that OpenBLAS takes for this process.
///
/// The library identifies processors by their numbers. For one newer than itself it takes kernels of
/// 2004, unless `OPENBLAS_CORETYPE` names a core that it does not know: then it looks at what the
/// processor can do. It reads the variable while it is loaded, before the program begins, so the program
/// has to start again.
public enum KernelChoice {
  /// Whether the program has started again, for people who still meet poor kernels.
  package enum Outcome: Sendable, Codable, Hashable {
    /// It has not: the kernels are good, or a restart would not improve them.
    case none
    /// It has.
    case done
    /// The system refused, for this reason.
    case refused(String)
  }

  /// The user's choice of kernels.
  package static let variable = "OPENBLAS_CORETYPE"
  /// Holds the number of the process that has started again, which does so once.
  private static let mark = "GMLP_TRAIN_STARTED_AGAIN"

  private static let outcome = Mutex(Outcome.none)

  /// The result of ``startAgainIfPoor()``.
  package static var restart: Outcome { outcome.withLock { $0 } }

  /// Starts the program again if that gives this process better kernels.
  ///
  /// It stays the same process: its number, rank, binding, arguments and descriptors do not change. To be
  /// called before anything is read, a thread is started or MPI is.
  public static func startAgainIfPoor() {
    let environment = ProcessInfo.processInfo.environment
    if environment[mark] == "\(getpid())" {
      forget()
      outcome.withLock { $0 = .done }
      return
    }
    guard environment[variable] == nil, LibraryKernels().canBeBettered else { return }
    set(variable, "auto")
    set(mark, "\(getpid())")
    let reason = ProcessStart.again()
    forget()
    outcome.withLock { $0 = .refused(reason) }
  }

  /// What this process starts, here or on other hosts, chooses its own kernels.
  private static func forget() {
    for name in [mark, variable] {
      let status = unsafe unsetenv(name)
      precondition(status == 0, "unsetenv \(name) failed with error \(errno)")
    }
  }

  private static func set(_ name: String, _ value: String) {
    let status = unsafe setenv(name, value, 1)
    precondition(status == 0, "setenv \(name) failed with error \(errno)")
  }
}

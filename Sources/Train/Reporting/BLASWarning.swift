internal import Foundation

/// A setting of the environment that can halve the speed without a word.
public enum BLASWarning {
  /// What people are told if `OPENBLAS_CORETYPE` is set, or nil.
  public static var line: String? {
    guard let core = ProcessInfo.processInfo.environment["OPENBLAS_CORETYPE"] else { return nil }
    return "OPENBLAS_CORETYPE=\(core) chooses the kernels of another processor; "
      + "unset it unless you mean it"
  }
}

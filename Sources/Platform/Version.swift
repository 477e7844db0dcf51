/// The version of the program.
public enum Version {
  /// A version in the sense of SemVer.
  public static let current = "0.2.0-dev"

  /// The version and what it was compiled for, as in "0.2.0 (native, x86-64-v4)".
  package static var build: String { "\(current) (\(BuildTarget.name))" }
}

/// The version of the program.
public enum Version {
  /// A version in the sense of SemVer.
  public static let current = "0.1.0"
}

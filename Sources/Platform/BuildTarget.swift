import CProcessor

/// The processor that the fast parts of this program were compiled for, and whether this one can run them.
///
/// Nothing here is compiled for it, so it can be checked before those parts run.
public enum BuildTarget {
  /// What was asked for and, on x86-64, the level of the psABI that it came to: "native, x86-64-v4".
  package static var name: String {
    let asked = unsafe String(cString: cprocessor_target())
    #if arch(x86_64)
      let level = level(of: Set(sets.filter(\.isNeeded).map(\.name)))
      return asked == level ? asked : "\(asked), \(level)"
    #else
      return asked
    #endif
  }

  /// Why this processor cannot run the build, in one line; nil if it can.
  public static var fault: String? {
    let missing = sets.filter { $0.isNeeded && !$0.isThere }.map(\.name)
    if missing.isEmpty { return nil }
    return
      "this build (\(name)) needs a processor with \(missing.joined(separator: ", ")); run it on "
      + "one that has them, or build it here, or with GMLP_TRAIN_MARCH set to a processor that all hosts match"
  }

  /// Whether this processor has all of the instruction sets in `names`, as "avx512f".
  package static func processorHas(_ names: [String]) -> Bool {
    let there = Set(sets.filter(\.isThere).map(\.name))
    return there.isSuperset(of: names)
  }

  /// Whether AMD made this processor.
  package static var isOnAMD: Bool { cprocessor_is_amd() != 0 }

  private struct InstructionSet {
    let name: String
    let isNeeded: Bool
    let isThere: Bool
  }

  private static var sets: [InstructionSet] {
    (0..<cprocessor_count()).map { index in
      InstructionSet(
        name: unsafe String(cString: cprocessor_name(index)),
        isNeeded: cprocessor_needs(index) != 0,
        isThere: cprocessor_has(index) != 0)
    }
  }

  /// The highest level all of whose sets are among `needed`.
  private static func level(of needed: Set<String>) -> String {
    let levels: [(name: String, sets: Set<String>)] = [
      ("x86-64-v2", ["sse3", "ssse3", "sse4.1", "sse4.2", "popcnt"]),
      ("x86-64-v3", ["avx", "avx2", "bmi", "bmi2", "f16c", "fma", "lzcnt", "movbe"]),
      ("x86-64-v4", ["avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"]),
    ]
    let reached = levels.prefix { needed.isSuperset(of: $0.sets) }
    return reached.last?.name ?? "baseline"
  }
}

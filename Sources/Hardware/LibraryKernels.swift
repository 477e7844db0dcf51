import Kernels
import Platform

/// The kernels that OpenBLAS has chosen, beside what the processor can do.
package struct LibraryKernels: Sendable, Codable, Hashable {
  /// Widths of vector instructions; each includes those before it.
  package enum Level: Int, Sendable, Codable, Comparable {
    case sse, avx, avx2, avx512

    package static func < (left: Level, right: Level) -> Bool { left.rawValue < right.rawValue }

    /// The name for people.
    package var name: String { ["SSE", "AVX", "AVX2", "AVX-512"][rawValue] }
  }

  /// The core that the kernels are for, as in "Prescott".
  package var core: String
  /// The library's version, as in "0.3.21".
  package var version: String
  /// Whether it has kernels for several cores.
  package var isDynamic: Bool
  /// The widest vectors that this processor has.
  package var processor: Level
}

extension LibraryKernels {
  /// What is the case here.
  package init() {
    let library = BLAS.library
    core = BLAS.coreName
    version = Self.version(in: library)
    isDynamic = library.split(separator: " ").contains("DYNAMIC_ARCH")
    let levels: [(Level, [String])] = [
      (.avx512, ["avx512f", "avx512bw", "avx512dq", "avx512vl"]), (.avx2, ["avx2", "fma"]),
      (.avx, ["avx"]),
    ]
    processor = levels.first { BuildTarget.processorHas($0.1) }?.0 ?? .sse
  }

  /// The version in OpenBLAS' own description, as in "OpenBLAS 0.3.21 DYNAMIC_ARCH …".
  package static func version(in text: String) -> String {
    let words = text.split(separator: " ")
    return words.dropFirst().first { $0.first?.isNumber == true }.map(String.init) ?? "unknown"
  }

  /// The vectors of the kernels; nil for a core that is not known here.
  ///
  /// - Note: Source: the names in OpenBLAS' driver/others/dynamic.c.
  package var level: Level? {
    let cores: [Level: [String]] = [
      .sse: [
        "generic", "katmai", "coppermine", "northwood", "prescott", "banias", "atom", "core2",
        "penryn", "dunnington", "nehalem", "athlon", "opteron", "opteron_sse3", "barcelona",
        "bobcat", "nano",
      ],
      .avx: ["sandybridge", "bulldozer", "piledriver", "steamroller", "excavator"],
      .avx2: ["haswell", "zen"],
      .avx512: ["skylakex", "cooperlake", "sapphirerapids"],
    ]
    return cores.first { $0.value.contains(core.lowercased()) }?.key
  }

  /// Whether the kernels have narrower vectors than the processor.
  package var arePoor: Bool { level.map { $0 < processor } ?? false }

  /// Whether OpenBLAS chooses by the processor's features where the name of a core is not one it knows.
  package var chooseByFeatures: Bool {
    let numbers = version.split(separator: ".").map { Int($0.prefix { $0.isNumber }) ?? 0 }
    return isDynamic && !numbers.lexicographicallyPrecedes([0, 3, 20])
  }

  /// Whether the library takes other kernels when it is loaded again with such a name.
  package var canBeBettered: Bool { arePoor && chooseByFeatures }
}

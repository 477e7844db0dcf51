internal import Foundation
internal import Kernels

/// Which kernels the libraries have chosen for matrix products, and what this processor could do.
struct KernelFacts: Sendable, Codable, Hashable {
  /// Widths of vector instructions, each of which includes those before it.
  enum Level: Int, Sendable, Codable, Comparable {
    case sse, avx, avx2, avx512

    static func < (left: Level, right: Level) -> Bool { left.rawValue < right.rawValue }

    /// The name for people.
    var name: String { ["SSE", "AVX", "AVX2", "AVX-512"][rawValue] }
  }

  /// How fast the processor multiplies bf16, beside fp32.
  enum BFloat16Speed: Sendable, Codable {
    /// Not at all: by instructions that this processor, or this build, does not have.
    case none
    /// At about half the rate.
    case slower
    /// At twice the rate, or more.
    case faster
  }

  /// The core that OpenBLAS chose its kernels for, as in "Prescott".
  var core: String
  /// Its version, as in "0.3.21".
  var version: String
  /// The core that `OPENBLAS_CORETYPE` asks for; nil where it is not set.
  var askedCore: String?
  /// The widest vectors that this processor has.
  var processor: Level
  /// How fast it multiplies bf16.
  var bf16: BFloat16Speed
}

extension KernelFacts {
  /// What is the case here.
  ///
  /// - Throws: ``StartError`` where the system does not tell what it always tells.
  init() throws(StartError) {
    core = BLAS.coreName
    version = Self.version(in: BLAS.configuration)
    askedCore = ProcessInfo.processInfo.environment["OPENBLAS_CORETYPE"]
    let levels: [(Level, [String])] = [
      (.avx512, ["avx512f", "avx512bw", "avx512dq", "avx512vl"]), (.avx2, ["avx2", "fma"]),
      (.avx, ["avx"]),
    ]
    processor = levels.first { BuildTarget.processorHas($0.1) }?.0 ?? .sse
    let vendor = try SystemFile("/proc/cpuinfo").lines.first { $0.hasPrefix("vendor_id") } ?? ""
    bf16 = Self.speed(
      hasInstructions: BFloat16.isFast, hasTiles: BFloat16.hasTiles,
      isAMD: vendor.hasSuffix("AuthenticAMD"))
  }

  /// A table, not a measurement: all ranks of one processor type have to come to the same.
  ///
  /// - Note: Source: measured on Zen 5 and Emerald Rapids, see docs/performance.md.
  static func speed(hasInstructions: Bool, hasTiles: Bool, isAMD: Bool) -> BFloat16Speed {
    if !hasInstructions { return .none }
    return hasTiles || isAMD ? .faster : .slower
  }

  /// The version in OpenBLAS' own description, as in "OpenBLAS 0.3.21 DYNAMIC_ARCH …".
  static func version(in text: String) -> String {
    let words = text.split(separator: " ")
    return words.dropFirst().first { $0.first?.isNumber == true }.map(String.init) ?? "unknown"
  }

  /// The vectors of the kernels for `core`; nil for a core that is not known here.
  ///
  /// - Note: Source: the names in OpenBLAS' driver/others/dynamic.c.
  static func level(ofKernelsFor core: String) -> Level? {
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

  /// Whether OpenBLAS chooses by the processor's features where the name of a core is not one it knows.
  var choosesByFeatures: Bool {
    let numbers = version.split(separator: ".").map { Int($0.prefix { $0.isNumber }) ?? 0 }
    return !numbers.lexicographicallyPrecedes([0, 3, 20])
  }
}

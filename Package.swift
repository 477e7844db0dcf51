// swift-tools-version: 6.3
import PackageDescription

/// The processor that the fast targets are compiled for: a name that clang's `-march` knows, on AArch64 `-mcpu`.
let processor = Context.environment["GMLP_TRAIN_MARCH"] ?? "native"
#if arch(arm64)
  let processorFlag = "-mcpu=\(processor)"
  let vectorFlags: [String] = []
#else
  let processorFlag = "-march=\(processor)"
  // On Intel clang prefers vectors of 256 bits, with which matrix products take twice the time.
  let vectorFlags = ["-Xcc", "-mprefer-vector-width=512"]
#endif

let strict: [SwiftSetting] = [
  .treatAllWarnings(as: .error),
  .strictMemorySafety(),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

/// Kernels are optimised in debug builds too: without that the tests crawl.
let fast: [SwiftSetting] =
  strict + [
    .unsafeFlags(["-Xcc", processorFlag] + vectorFlags),
    .unsafeFlags(["-O"], .when(configuration: .debug)),
  ]

let toml = Target.Dependency.product(name: "TOMLKit", package: "TOMLKit")
let arguments = Target.Dependency.product(
  name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
  name: "gmlp-train",
  products: [
    .executable(name: "gmlp-train", targets: ["gmlp-train"]),
    // For the tests alone, which load it into the program.
    .library(name: "FileFaults", type: .dynamic, targets: ["FileFaults"]),
  ],
  traits: [
    .trait(name: "OneDNN", description: "Matrix products in bf16, by oneDNN (libdnnl-dev)"),
    .default(enabledTraits: ["OneDNN"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
  ],
  targets: [
    .systemLibrary(name: "CLanes"),
    .systemLibrary(name: "CProducts"),
    .systemLibrary(name: "CLZMA", pkgConfig: "liblzma", providers: [.apt(["liblzma-dev"])]),
    .systemLibrary(name: "COneDNN", providers: [.apt(["libdnnl-dev"])]),
    .systemLibrary(name: "CMPI", pkgConfig: "mpi-c", providers: [.apt(["libopenmpi-dev"])]),
    .systemLibrary(
      name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(
      name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CSPNG", pkgConfig: "spng", providers: [.apt(["libspng-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .target(
      name: "CSentencePiece",
      cxxSettings: [.unsafeFlags(["-Wall", "-Wextra", "-Werror"])],
      linkerSettings: [.linkedLibrary("sentencepiece"), .linkedLibrary("sentencepiece_train")]),

    // Data, compiled for the processor that the fast targets are for; read by code that runs on any.
    .target(
      name: "CBuildTarget",
      cSettings: [
        .unsafeFlags([processorFlag]),
        .define("CBUILDTARGET_PROCESSOR", to: "\"\(processor)\""),
      ]),
    .target(name: "CProcessor", dependencies: ["CBuildTarget"]),

    .target(name: "CMappings"),

    .target(name: "Digests", dependencies: ["COpenSSL"], swiftSettings: strict),
    .target(name: "SystemFiles", swiftSettings: strict),
    .target(name: "FileKinds", swiftSettings: strict),
    .target(name: "Mathematics", swiftSettings: fast),
    .target(name: "Randomness", dependencies: ["Mathematics"], swiftSettings: fast),
    .target(name: "Threading", swiftSettings: strict),
    .target(name: "Profiling", swiftSettings: strict),
    .target(
      name: "Kernels",
      dependencies: [
        "CLanes", "CProducts", "COpenBLAS", "Mathematics", "Threading",
        .target(name: "COneDNN", condition: .when(traits: ["OneDNN"])),
      ],
      swiftSettings: fast),
    .target(
      name: "Model", dependencies: ["Kernels", "Profiling", "Randomness"], swiftSettings: fast),
    .target(
      name: "Datasets",
      dependencies: [
        "Randomness", "Digests", "FileKinds", "SystemFiles", "Threading", "CLZMA", "CMappings",
        "CSentencePiece", "CSPNG", "CZlib",
      ],
      exclude: ["make_digits.py"], resources: [.embedInCode("digits.bin")], swiftSettings: fast),
    .target(
      name: "Checkpoints", dependencies: ["Digests", "FileKinds", "SystemFiles"],
      swiftSettings: strict),
    .target(name: "Comm", dependencies: ["CMPI", "Threading"], swiftSettings: strict),
    .target(
      name: "Train",
      dependencies: [
        "CProcessor", "Checkpoints", "Comm", "Datasets", "Digests", "FileKinds", "Kernels",
        "Mathematics", "Model", "Profiling", "Randomness", "SystemFiles", "Threading", toml,
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "gmlp-train",
      dependencies: [
        "Checkpoints", "Comm", "Datasets", "Kernels", "Model", "SystemFiles", "Train", arguments,
      ],
      swiftSettings: strict),

    .target(name: "FileFaults", path: "Tests/FileFaults"),
    .target(
      name: "RoundingCheck", path: "Tests/RoundingCheck",
      cSettings: [
        .headerSearchPath("../../Sources/CLanes"), .unsafeFlags(["-O2", processorFlag]),
      ]),
    .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: strict),
    .executableTarget(
      name: "MPIChecks", dependencies: ["Comm"], path: "Tests/MPIChecks", swiftSettings: strict),
    .executableTarget(
      name: "Fuzzer",
      dependencies: ["Checkpoints", "Datasets", "Digests", "Randomness", "Train", "TestSupport"],
      path: "Tests/Fuzzing", swiftSettings: strict),
    .testTarget(
      name: "FuzzingTests", dependencies: ["Fuzzer", "TestSupport"], swiftSettings: strict),
    .testTarget(name: "ThreadingTests", dependencies: ["Threading"], swiftSettings: strict),
    .testTarget(name: "ProfilingTests", dependencies: ["Profiling"], swiftSettings: strict),
    .testTarget(name: "FileKindsTests", dependencies: ["FileKinds"], swiftSettings: strict),
    .testTarget(name: "DigestsTests", dependencies: ["Digests"], swiftSettings: strict),
    .testTarget(name: "MathematicsTests", dependencies: ["Mathematics"], swiftSettings: strict),
    .testTarget(name: "RandomnessTests", dependencies: ["Randomness"], swiftSettings: strict),
    .testTarget(
      name: "KernelsTests", dependencies: ["Kernels", "RoundingCheck", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "ModelTests", dependencies: ["Model", "Kernels", "Profiling", "TestSupport"],
      resources: [.copy("Fixtures")], swiftSettings: strict),
    .testTarget(
      name: "DatasetsTests", dependencies: ["Datasets", "TestSupport"],
      resources: [.copy("Fixtures")], swiftSettings: strict),
    .testTarget(
      name: "CheckpointsTests",
      dependencies: ["Checkpoints", "Digests", "SystemFiles", "TestSupport"],
      resources: [.copy("Fixtures")], swiftSettings: strict),
    .testTarget(
      name: "CommTests", dependencies: ["Comm", "MPIChecks", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "TrainTests",
      dependencies: [
        "Checkpoints", "Comm", "Datasets", "Digests", "Kernels", "Model", "Randomness", "Threading",
        "Train",
        "TestSupport", "gmlp-train",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "CommandTests", dependencies: ["Kernels", "Train", "gmlp-train", "TestSupport"],
      resources: [.copy("Fixtures")], swiftSettings: strict),
  ],
  swiftLanguageModes: [.v6],
  cxxLanguageStandard: .cxx17
)

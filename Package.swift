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
    // For programs of others; Examples/ has one, and says what they have to know.
    .library(name: "GMLPModel", targets: ["Batches", "Kernels", "Model"]),
    .library(
      name: "GMLPTrain",
      targets: [
        "Batches", "Checkpoints", "Comm", "Configuration", "Datasets", "Kernels", "Memory",
        "Model", "Optimization", "Planning", "Reduction", "Reporting", "Saving", "Train",
        "Transfer",
      ]),
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
    .systemLibrary(
      name: "CTurboJPEG", pkgConfig: "libturbojpeg", providers: [.apt(["libturbojpeg0-dev"])]),
    .systemLibrary(name: "CWebP", pkgConfig: "libwebp", providers: [.apt(["libwebp-dev"])]),
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
    .target(name: "Files", dependencies: ["Platform"], swiftSettings: strict),
    .target(name: "Platform", dependencies: ["CProcessor"], swiftSettings: strict),
    .target(name: "Mathematics", swiftSettings: fast),
    .target(name: "Scoring", dependencies: ["Mathematics"], swiftSettings: strict),
    .target(name: "Randomness", dependencies: ["Mathematics"], swiftSettings: fast),
    .target(name: "Imaging", dependencies: ["Mathematics", "Randomness"], swiftSettings: fast),
    .target(name: "Batches", swiftSettings: strict),
    .target(name: "Threading", swiftSettings: strict),
    .target(name: "Profiling", swiftSettings: strict),
    .target(
      name: "Kernels",
      dependencies: [
        "CLanes", "CProducts", "COpenBLAS", "Mathematics", "Platform", "Threading",
        .target(name: "COneDNN", condition: .when(traits: ["OneDNN"])),
      ],
      swiftSettings: fast),
    .target(
      name: "Model", dependencies: ["Batches", "Kernels", "Profiling", "Randomness"],
      swiftSettings: fast),
    .target(
      name: "Datasets",
      dependencies: [
        "Batches", "Imaging", "Randomness", "Digests", "Files", "Threading", "CLZMA", "CMappings",
        "CSentencePiece", "CSPNG", "CTurboJPEG", "CWebP", "CZlib",
      ],
      exclude: ["make_digits.py"], resources: [.embedInCode("digits.bin")], swiftSettings: fast),
    .target(
      name: "Checkpoints", dependencies: ["Digests", "Files"],
      swiftSettings: strict),
    .target(
      name: "Comm", dependencies: ["CMPI", "Files", "Platform", "Threading"], swiftSettings: strict),
    .target(
      name: "Reduction", dependencies: ["Comm", "Files", "Kernels"], swiftSettings: strict),
    .target(
      name: "Configuration",
      dependencies: [
        "Datasets", "Digests", "Files", "Imaging", "Kernels", "Mathematics", "Model", "Platform",
        toml,
      ],
      swiftSettings: strict),
    .target(
      name: "Transfer",
      dependencies: [
        "Checkpoints", "Configuration", "Digests", "Files", "Imaging", "Kernels", "Model",
        "Platform",
      ],
      swiftSettings: strict),
    .target(
      name: "Reporting",
      dependencies: ["Checkpoints", "Files", "Imaging", "Model", "Scoring", "Threading"],
      swiftSettings: strict),
    .target(
      name: "Faults", dependencies: ["Checkpoints", "Configuration", "Platform"],
      swiftSettings: strict),
    .target(
      name: "Exports",
      dependencies: [
        "Checkpoints", "Configuration", "Datasets", "Files", "Imaging", "Kernels", "Model",
        "Platform", "Reporting", "Scoring",
      ],
      resources: [.embedInCode("modeling_gmlp.py")], swiftSettings: strict),
    .target(
      name: "Hardware",
      dependencies: [
        "Checkpoints", "Comm", "Configuration", "Faults", "Files", "Kernels", "Model", "Platform",
        "Threading",
      ],
      swiftSettings: strict),
    .target(
      name: "Supervision",
      dependencies: [
        "Checkpoints", "Comm", "Configuration", "Faults", "Files", "Model", "Platform", "Profiling",
        "Threading",
      ],
      swiftSettings: strict),
    .target(
      name: "Planning", dependencies: ["Comm", "Configuration", "Datasets", "Files"],
      swiftSettings: strict),
    .target(
      name: "Optimization",
      dependencies: [
        "Comm", "Configuration", "Kernels", "Mathematics", "Model", "Reduction", "Threading",
      ],
      swiftSettings: strict),
    .target(
      name: "Saving",
      dependencies: [
        "Checkpoints", "Comm", "Configuration", "Digests", "Faults", "Kernels", "Model",
        "Optimization", "Platform", "Reduction", "Supervision", "Threading", "Transfer",
      ],
      swiftSettings: strict),
    .target(
      name: "Memory",
      dependencies: [
        "Comm", "Configuration", "Kernels", "Model", "Planning", "Reduction", "Saving", "Threading",
      ],
      swiftSettings: strict),
    .target(
      name: "Scaling",
      dependencies: [
        "Comm", "Configuration", "Files", "Kernels", "Mathematics", "Memory", "Model", "Planning",
        "Platform", "Reduction", "Reporting", "Saving",
      ],
      swiftSettings: strict),
    .target(
      name: "Train",
      dependencies: [
        "Batches", "Checkpoints", "Comm", "Configuration", "Datasets", "Digests", "Exports",
        "Faults", "Files", "Hardware", "Kernels", "Mathematics", "Memory", "Model", "Optimization",
        "Planning", "Platform", "Profiling", "Reduction", "Reporting", "Saving", "Scoring",
        "Supervision", "Threading", "Transfer",
      ],
      swiftSettings: strict),
    .target(
      name: "Doctor",
      dependencies: [
        "Comm", "Configuration", "Datasets", "Files", "Hardware", "Kernels", "Mathematics",
        "Memory", "Model", "Planning", "Platform", "Profiling", "Saving", "Supervision",
        "Threading", "Train",
      ],
      swiftSettings: strict),
    .target(
      name: "Benchmarking",
      dependencies: [
        "Batches", "Checkpoints", "Comm", "Configuration", "Datasets", "Doctor", "Files",
        "Hardware", "Kernels", "Mathematics", "Model", "Planning", "Platform", "Profiling",
        "Randomness", "Reduction", "Reporting", "Saving", "Scaling", "Supervision", "Threading",
        "Train",
      ],
      swiftSettings: strict),
    .target(
      name: "Inspection",
      dependencies: [
        "Batches", "Checkpoints", "Comm", "Configuration", "Datasets", "Digests", "Doctor",
        "Faults", "Files", "Hardware", "Imaging", "Kernels", "Mathematics", "Memory", "Model",
        "Planning", "Platform", "Reduction", "Reporting", "Saving", "Scoring", "Supervision",
        "Threading", "Train", "Transfer",
      ],
      swiftSettings: strict),
    .target(
      name: "Torture",
      dependencies: [
        "Checkpoints", "Comm", "Configuration", "Datasets", "Faults", "Files", "Mathematics",
        "Model", "Platform", "Randomness", "Reporting", "Scoring", "Supervision", "Threading",
        "Train", "Transfer", toml,
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "gmlp-train",
      dependencies: [
        "Benchmarking", "Checkpoints", "Comm", "Configuration", "Datasets", "Doctor", "Exports",
        "Files", "Imaging", "Inspection", "Kernels", "Model", "Platform", "Reporting", "Scaling",
        "Supervision", "Torture", "Train", arguments,
      ],
      swiftSettings: strict),

    // As a program of somebody else, which sees what is public alone.
    .executableTarget(
      name: "DigitsExample", dependencies: ["Configuration", "Datasets", "Model", "Train"],
      path: "Examples/Digits/Sources/Digits", packageAccess: false, swiftSettings: strict),

    .target(name: "FileFaults", path: "Tests/FileFaults"),
    .target(
      name: "RoundingCheck", path: "Tests/RoundingCheck",
      cSettings: [
        .headerSearchPath("../../Sources/CLanes"), .unsafeFlags(["-O2", processorFlag]),
      ]),
    .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: strict),
    // Starts programs. launch/test.sh runs the tests of all targets that have it apart from the others.
    .target(
      name: "RunSupport", dependencies: ["Digests", "TestSupport"], path: "Tests/RunSupport",
      swiftSettings: strict),
    .executableTarget(
      name: "MPIChecks", dependencies: ["Comm"], path: "Tests/MPIChecks", swiftSettings: strict),
    .executableTarget(
      name: "TaskRuns",
      dependencies: [
        "Comm", "Configuration", "Datasets", "Model", "Randomness", "Reporting", "Train",
      ],
      path: "Tests/TaskRuns", swiftSettings: strict),
    .executableTarget(
      name: "Fuzzer",
      dependencies: [
        "Checkpoints", "Configuration", "Datasets", "Digests", "Files", "Imaging", "Randomness",
        "TestSupport", "Torture", "Train",
      ],
      path: "Tests/Fuzzing", swiftSettings: strict),
    .testTarget(
      name: "FuzzingTests", dependencies: ["Fuzzer", "RunSupport"], swiftSettings: strict),
    .testTarget(name: "ThreadingTests", dependencies: ["Threading"], swiftSettings: strict),
    .testTarget(name: "ProfilingTests", dependencies: ["Profiling"], swiftSettings: strict),
    .testTarget(
      name: "FilesTests", dependencies: ["Files", "TestSupport"], swiftSettings: strict),
    .testTarget(name: "DigestsTests", dependencies: ["Digests"], swiftSettings: strict),
    .testTarget(name: "MathematicsTests", dependencies: ["Mathematics"], swiftSettings: strict),
    .testTarget(name: "RandomnessTests", dependencies: ["Randomness"], swiftSettings: strict),
    .testTarget(
      name: "ImagingTests", dependencies: ["Imaging", "Mathematics", "Randomness", "TestSupport"],
      resources: [.copy("Fixtures")], swiftSettings: strict),
    .testTarget(
      name: "KernelsTests", dependencies: ["Kernels", "Platform", "RoundingCheck", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "ModelTests",
      dependencies: ["Batches", "Kernels", "Model", "Profiling", "TestSupport"],
      resources: [.copy("Fixtures")], swiftSettings: strict),
    .testTarget(
      name: "DatasetsTests",
      dependencies: ["Batches", "Datasets", "Digests", "Imaging", "TestSupport"],
      resources: [.copy("Fixtures")], swiftSettings: strict),
    .testTarget(
      name: "ScoringTests", dependencies: ["Scoring"], resources: [.copy("Fixtures")],
      swiftSettings: strict),
    .testTarget(
      name: "CheckpointsTests",
      dependencies: ["Checkpoints", "Digests", "Files", "TestSupport"],
      resources: [.copy("Fixtures")], swiftSettings: strict),
    .testTarget(
      name: "CommTests", dependencies: ["Comm", "MPIChecks", "RunSupport"],
      swiftSettings: strict),
    .testTarget(name: "ArchitectureTests", swiftSettings: strict),
    .testTarget(
      name: "ReductionTests", dependencies: ["Comm", "Kernels", "Randomness", "Reduction"],
      swiftSettings: strict),
    .testTarget(
      name: "ConfigurationTests",
      dependencies: [
        "Batches", "Configuration", "Datasets", "Kernels", "Model", "TestSupport", "Train",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "TransferTests",
      dependencies: [
        "Batches", "Digests", "Kernels", "Model", "RunSupport", "TestSupport", "Transfer",
        "gmlp-train",
      ],
      resources: [.copy("Fixtures")], swiftSettings: strict),
    .testTarget(
      name: "ReportingTests", dependencies: ["Reporting", "RunSupport", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "ExportsTests",
      dependencies: [
        "Batches", "Configuration", "Datasets", "Exports", "Files", "Kernels", "Model", "Reporting",
        "RunSupport", "Scoring", "TestSupport", "gmlp-train",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "FaultsTests", dependencies: ["Checkpoints", "Configuration", "Faults"],
      swiftSettings: strict),
    .testTarget(
      name: "SupervisionTests",
      dependencies: ["Comm", "Faults", "MPIChecks", "RunSupport", "Supervision", "gmlp-train"],
      swiftSettings: strict),
    .testTarget(
      name: "HardwareTests", dependencies: ["Hardware", "Kernels", "Model", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "PlanningTests", dependencies: ["Configuration", "Planning"], swiftSettings: strict),
    .testTarget(
      name: "OptimizationTests",
      dependencies: [
        "Configuration", "Kernels", "Model", "Optimization", "Reduction", "Threading",
      ],
      resources: [.copy("Fixtures")], swiftSettings: strict),
    .testTarget(
      name: "SavingTests", dependencies: ["Reduction", "Saving"], swiftSettings: strict),
    .testTarget(
      name: "MemoryTests",
      dependencies: [
        "Configuration", "Memory", "Model", "RunSupport", "Saving", "TestSupport", "gmlp-train",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "ScalingTests",
      dependencies: [
        "Comm", "Configuration", "Model", "Reduction", "RunSupport", "Scaling", "TestSupport",
        "gmlp-train",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "TrainTests",
      dependencies: [
        "Batches", "Checkpoints", "Comm", "Configuration", "Datasets", "Digests", "Faults",
        "Kernels", "Model", "Optimization", "Planning", "Platform", "Randomness", "Reduction",
        "Reporting", "RunSupport", "Saving", "Scoring", "Supervision", "TaskRuns", "TestSupport",
        "Threading", "Train", "Transfer", "gmlp-train",
      ],
      resources: [.copy("Fixtures")], swiftSettings: strict),
    .testTarget(
      name: "DoctorTests",
      dependencies: [
        "Comm", "Configuration", "Doctor", "Hardware", "Kernels", "Model", "Platform", "RunSupport",
        "Supervision", "TestSupport", "Train", "gmlp-train",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "BenchmarkingTests",
      dependencies: ["Kernels", "RunSupport", "TestSupport", "gmlp-train"], swiftSettings: strict),
    .testTarget(
      name: "InspectionTests",
      dependencies: [
        "Configuration", "Datasets", "Digests", "Hardware", "Imaging", "Inspection", "Reporting",
        "RunSupport", "Scoring", "TestSupport", "Train", "gmlp-train",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "TortureTests",
      dependencies: [
        "Configuration", "Datasets", "Digests", "Model", "Reporting", "RunSupport", "TestSupport",
        "Torture", "gmlp-train",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "LaunchTests", dependencies: ["RunSupport", "TestSupport", "gmlp-train"],
      swiftSettings: strict),
    .testTarget(
      name: "CommandTests",
      dependencies: [
        "Configuration", "DigitsExample", "Hardware", "Planning", "Platform", "Reporting",
        "RunSupport", "TaskRuns", "TestSupport", "Train", "gmlp-train",
      ],
      swiftSettings: strict),
  ],
  swiftLanguageModes: [.v6],
  cxxLanguageStandard: .cxx17
)

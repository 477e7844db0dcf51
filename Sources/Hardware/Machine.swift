package import Checkpoints
import Foundation
package import Kernels
import Platform

/// What decides a run's bits besides its configuration and data: processor, libraries and program.
///
/// All ranks of a run have the same; a checkpoint and the start of a run record it.
package struct Machine: Sendable, Equatable {
  /// What the processor is called; it decides no bit, and runs before 0.2 did not record it.
  package var processor: String?
  /// The core that OpenBLAS chose its kernels for.
  package var core: String
  /// The BLAS library and oneDNN, with version, build options and kernels.
  package var blas: String
  /// The program's version and the processor that it was compiled for.
  package var build: String
  /// The C library; nil if a run of 0.1.0 did not record it.
  package var libc: String?
  /// The variables of ``settings``; nil if a run of 0.1.0 did not record them.
  package var librarySettings: String?
  /// What decodes pictures; nil if nothing is decoded, and runs before 0.2 did not record it.
  package var pictureLibraries: String?

  /// All of its parts.
  package init(
    processor: String?, core: String, blas: String, build: String, libc: String?,
    librarySettings: String?, pictureLibraries: String?
  ) {
    self.processor = processor
    self.core = core
    self.blas = blas
    self.build = build
    self.libc = libc
    self.librarySettings = librarySettings
    self.pictureLibraries = pictureLibraries
  }

  /// The program's version, built for any processor.
  private var version: String? { build.split(separator: " ").first.map(String.init) }

  /// This one.
  ///
  /// - Parameter pictureLibraries: what decodes the samples of the run; nil if nothing does.
  /// - Returns: what is recorded of it.
  package static func here(pictureLibraries: String?) -> Machine {
    Machine(
      processor: ProcessorFacts.modelHere, core: BLAS.coreName, blas: BLAS.configuration,
      build: Version.build,
      libc: CLibrary.version, librarySettings: settings,
      pictureLibraries: pictureLibraries)
  }

  /// Variables by which the libraries compute other bits; what they do shows in no version or name.
  private static let variables = [
    "OPENBLAS_BLOCK_FACTOR", "ONEDNN_CPU_ISA_HINTS", "DNNL_CPU_ISA_HINTS", "GLIBC_TUNABLES",
  ]

  /// Those of ``variables`` that are set, with their values; "none" where none is.
  package static var settings: String {
    let environment = ProcessInfo.processInfo.environment
    let set = variables.compactMap { name in environment[name].map { "\(name)=\($0)" } }
    return set.isEmpty ? "none" : set.joined(separator: " ")
  }

  /// How this machine differs from `other`, as in "the choice of OpenBLAS kernels is Haswell here and
  /// Zen there".
  ///
  /// What one of them has not recorded does not count, and with portable products only the program's version
  /// and the libraries of pictures.
  package func differences(
    from other: Machine, there: String, with products: ProductLibrary
  ) -> [String] {
    let deciding: [(String, String?, String?)] =
      products.dependsOnMachine
      ? [
        ("choice of OpenBLAS kernels", core, other.core), ("BLAS", blas, other.blas),
        ("C library", libc, other.libc),
        ("setting of the libraries", librarySettings, other.librarySettings),
        ("program", build, other.build),
      ]
      : [("program", version, other.version)]
    let values = deciding + [("library of pictures", pictureLibraries, other.pictureLibraries)]
    return values.compactMap { name, mine, theirs in
      guard let mine, let theirs, mine != theirs else { return nil }
      return "the \(name) is \(mine) here and \(theirs) \(there)"
    }
  }
}

extension Machine {
  /// The one that computed a checkpoint.
  package init(of state: CheckpointState) {
    self.init(
      processor: state.processor, core: state.cpu, blas: state.blas, build: state.build,
      libc: state.libc,
      librarySettings: state.librarySettings,
      pictureLibraries: state.pictureLibraries)
  }
}

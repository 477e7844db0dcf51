public import Foundation

/// Where programs are, and the variables they need.
public enum Programs {
  /// A product of this package, or an absolute path.
  ///
  /// It lies in the folder that `GMLP_TRAIN_TESTED_PROGRAMS` names, if it is there, else beside the
  /// running test program.
  ///
  /// - Throws: ``MPIRunError`` if it is not built.
  public static func product(_ name: String) throws -> URL {
    if name.hasPrefix("/") { return URL(filePath: name) }
    if let folder = ProcessInfo.processInfo.environment["GMLP_TRAIN_TESTED_PROGRAMS"] {
      let url = URL(filePath: folder).appending(path: name)
      if FileManager.default.isExecutableFile(atPath: url.path) { return url }
    }
    let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    let url = URL(filePath: tests).deletingLastPathComponent().appending(path: name)
    guard FileManager.default.isExecutableFile(atPath: url.path) else {
      throw MPIRunError(description: "\(url.path) is missing: build it with 'swift build'")
    }
    return url
  }

  /// Keeps OpenBLAS from taking buffers for all processors, so that a limit on memory means the same everywhere.
  package static let twoBuffers = ["OPENBLAS_NUM_THREADS": "2"]

  static func mpirun() throws -> URL {
    let folders = ProcessInfo.processInfo.environment["PATH"] ?? ""
    for folder in folders.split(separator: ":") {
      let url = URL(filePath: String(folder)).appending(path: "mpirun")
      if FileManager.default.isExecutableFile(atPath: url.path) { return url }
    }
    throw MPIRunError(
      description: "mpirun is not in PATH: these tests need it, install openmpi-bin")
  }

  /// The variables of the tests, without those of a launcher or a launch script around them and without the
  /// one that chooses kernels, so that all programs of a test have the same; with those that let mpirun
  /// start more ranks than there are cores, as root too.
  static func environment(adding variables: [String: String]) -> [String: String] {
    let unwanted = [
      "OMPI_COMM_WORLD_", "PMIX_", "PMI_", "SLURM_", "OPENBLAS_CORETYPE", "GMLP_TRAIN_TERMINAL",
    ]
    var all = ProcessInfo.processInfo.environment.filter { variable in
      !unwanted.contains { variable.key.hasPrefix($0) }
    }
    all["OMPI_ALLOW_RUN_AS_ROOT"] = "1"
    all["OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"] = "1"
    all["OMPI_MCA_rmaps_base_oversubscribe"] = "1"
    all["OMPI_MCA_hwloc_base_binding_policy"] = "none"
    // The same two in Open MPI 5.
    all["PRTE_MCA_rmaps_default_mapping_policy"] = ":oversubscribe"
    all["PRTE_MCA_hwloc_default_binding_policy"] = "none"
    return all.merging(variables) { _, given in given }
  }
}

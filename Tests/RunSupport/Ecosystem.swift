import Foundation

/// The Python environment with programs that read what is exported; `Tests/Ecosystem/setup.sh` makes it.
package enum Ecosystem {
  /// What to do where it lacks a program.
  package static let advice = "not installed; Tests/Ecosystem/setup.sh installs it"

  private static let folder =
    ProcessInfo.processInfo.environment["GMLP_TRAIN_ECOSYSTEM"]
    ?? PackageFolder.url.appending(path: ".build/ecosystem").path

  /// Whether the environment has the Python package `name`.
  package static func has(_ name: String) -> Bool {
    let library = "\(folder)/lib"
    let names = (try? FileManager.default.contentsOfDirectory(atPath: library)) ?? []
    return names.contains {
      FileManager.default.fileExists(atPath: "\(library)/\($0)/site-packages/\(name)")
    }
  }

  /// Whether the machine has Chromium, which `setup.sh` does not install.
  package static var hasChromium: Bool {
    let folders = ProcessInfo.processInfo.environment["PATH"]?.split(separator: ":") ?? []
    return ["chromium", "chromium-browser", "google-chrome"].contains { name in
      folders.contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(name)") }
    }
  }

  /// Where pictures of pages go that people look at; nil if nobody asks for them.
  package static let pictures = ProcessInfo.processInfo.environment["GMLP_TRAIN_PICTURES"]

  /// Runs a line of bash in which `python3` is that of the environment.
  package static func shell(_ line: String, in directory: String) async throws -> MPIRun {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    return try await MPIRun(
      executable: "/bin/bash", arguments: ["-c", line], ranks: nil,
      environment: ["PATH": "\(folder)/bin:\(path)"], directory: directory)
  }

  /// Runs a script of `Tests/Ecosystem`.
  package static func run(_ script: String, _ arguments: String...) async throws -> MPIRun {
    try await MPIRun(
      executable: "\(folder)/bin/python",
      arguments: [PackageFolder.url.appending(path: "Tests/Ecosystem/\(script)").path] + arguments,
      ranks: nil)
  }
}

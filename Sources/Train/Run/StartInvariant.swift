package import Configuration
package import Datasets
import Hardware
import Kernels
import Platform

/// Something that must be the same on every rank.
package struct StartInvariant: Sendable {
  /// What it is, as in "program", and on this rank where it comes from.
  package let name: String
  /// What is compared.
  package let value: String
  /// What to do where ranks differ.
  package let advice: String
  /// The exit code where ranks differ.
  package let exitCode: Int32

  /// A fact that was read from `files`.
  package init(_ name: String, _ value: String, files: [String]) {
    self.name = files.isEmpty ? name : "\(name) \(files.joined(separator: ", "))"
    self.value = value
    advice = "give all ranks the same files"
    exitCode = ExitCode.badData.rawValue
  }

  /// The same with more advice.
  func advising(_ more: String) -> StartInvariant {
    StartInvariant(name, value, advice: "\(advice), \(more)")
  }

  /// A fact of how the program was started.
  package init(_ name: String, _ value: String, advice: String) {
    self.name = name
    self.value = value
    self.advice = advice
    exitCode = ExitCode.usage.rawValue
  }

  /// The name in a sentence: a key of the configuration has no article.
  package var subject: String { name.hasPrefix("train.") ? name : "the \(name)" }

  /// The value for people: of a digest its beginning.
  package var shortValue: String {
    let isDigest = value.count == 64 && value.allSatisfy(\.isHexDigit)
    return isDigest ? String(value.prefix(20)) : value
  }

  /// The fact as it travels: as many strings as ``wordCount``.
  package var words: [String] { [name, value, advice, "\(exitCode)"] }

  /// The number of strings that a fact travels as.
  package static let wordCount = 4

  /// A fact that has travelled.
  package init(words: ArraySlice<String>) {
    let words = Array(words)
    precondition(words.count == Self.wordCount, "a fact of \(words.count) words")
    (name, value, advice) = (words[0], words[1], words[2])
    exitCode = Int32(words[3]) ?? ExitCode.internalError.rawValue
  }
}

extension StartInvariant {
  /// All that has to be equal before a run, in a fixed order.
  package static func all(_ configuration: TrainingConfiguration, _ inputs: TrainingInputs)
    -> [StartInvariant]
  {
    let data = configuration.data
    return [
      .precision(of: configuration), .products(of: configuration),
      StartInvariant(
        "configuration", configuration.identityDigest,
        advice: "start all ranks with the same configuration"),
      StartInvariant("training set", inputs.trainingSet.digest, files: data.train),
      StartInvariant("test set", inputs.testSet.digest, files: data.test),
    ] + machine(of: configuration)
      + decoding(inputs.trainingSet, inputs.testSet) + exchangeKeys(of: configuration)
  }

  /// What affects the bits in program, libraries and processor; the kinds of facts that `Machine` records.
  package static func machine(of configuration: TrainingConfiguration) -> [StartInvariant] {
    if !configuration.train.products.library.dependsOnMachine { return [.version] }
    let facts: [StartInvariant] = [
      .program, .kernels, .core, .library, .libc, .librarySettings,
    ]
    return facts.map {
      $0.advising("or train.products=portable, whose bits are the same everywhere")
    }
  }

  /// The libraries that decode pictures, where one of the sets has any: pixels depend on them.
  package static func decoding(_ sources: any SampleSource...) -> [StartInvariant] {
    guard sources.contains(where: \.decodesPictures) else { return [] }
    return [
      StartInvariant(
        "library of pictures", PictureLibraries.versions,
        advice:
          "install one version of each on all hosts, or decode once, by prepare images --decode")
    ]
  }

  /// The version of the program, built for any processor.
  package static var version: StartInvariant {
    StartInvariant("program", Version.current, advice: "start the same version on all ranks")
  }

  /// The version of the program and the processor that it was compiled for.
  package static var program: StartInvariant {
    StartInvariant("program", Version.build, advice: "start the same build on all ranks")
  }

  /// The core that OpenBLAS chose its kernels for: another core's kernels give other bits.
  package static var core: StartInvariant {
    StartInvariant(
      "choice of OpenBLAS kernels", BLAS.coreName,
      advice: "set OPENBLAS_CORETYPE to one value on all ranks")
  }

  /// The BLAS library: another version or build has other kernels under the same name.
  package static var library: StartInvariant {
    StartInvariant(
      "BLAS library", BLAS.library, advice: "install one build of OpenBLAS on all hosts")
  }

  /// The C library, under which the libraries that multiply may choose other kernels.
  package static var libc: StartInvariant {
    StartInvariant("C library", CLibrary.version, advice: "give all hosts one version of it")
  }

  /// The variables by which libraries compute other bits.
  package static var librarySettings: StartInvariant {
    StartInvariant(
      "setting of the libraries", Machine.settings,
      advice: "set these variables alike on all ranks")
  }

  /// What the blocks compute with here, where the configuration may ask for more.
  package static func precision(of configuration: TrainingConfiguration) -> StartInvariant {
    StartInvariant(
      "precision that the processor allows", "\(configuration.train.precision)",
      advice: "set train.precision=fp32 on all ranks")
  }

  /// What multiplies here, where the configuration leaves that to the processor.
  package static func products(of configuration: TrainingConfiguration) -> StartInvariant {
    StartInvariant(
      "train.products", "\(configuration.train.products)",
      advice: "set train.products=portable on all ranks")
  }

  /// The kernels that oneDNN chose: other ones have other bits.
  package static var kernels: StartInvariant {
    StartInvariant(
      "choice of oneDNN kernels", BLAS.oneDNN,
      advice: "install one oneDNN and set ONEDNN_MAX_CPU_ISA to one value on all ranks")
  }

  /// Keys that change no bit but how ranks work together: what they exchange, and when.
  package static func exchangeKeys(of configuration: TrainingConfiguration) -> [StartInvariant] {
    let keys = [
      "train.sub_batch_size", "train.interleaved_samples", "train.threads", "train.wire_precision",
      "train.shared_memory", "train.bucket_mb", "train.record_digests", "train.balance",
      "train.replica_check", "train.max_skipped_steps", "log.tensorboard",
    ]
    return TrainingConfiguration.settings.filter { keys.contains($0.key) }.map {
      StartInvariant(
        $0.key, $0.value(in: configuration), advice: "start all ranks with the same \($0.key)")
    }
  }
}

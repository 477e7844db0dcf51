import Configuration
import Train

/// Whether matrix products use what the processor can do.
struct KernelsCheck: DoctorCheck {
  static let name = "kernels"
  static let tellsWarningsAtStart = true

  func findings(_ examination: Examination) -> [Finding] {
    let groups = examination.groups { examination.ranks[$0].kernels }
    return groups.flatMap { facts, ranks in
      findings(
        facts, examination.place(ranks), wantsBFloat16: examination.wantsBFloat16,
        usesOpenBLAS: examination.usesOpenBLAS)
    }
  }

  /// What is to be said of the kernels of some ranks.
  func findings(
    _ facts: KernelFacts, _ place: String, wantsBFloat16: Bool, usesOpenBLAS: Bool
  ) -> [Finding] {
    (usesOpenBLAS ? [single(facts, place)] : []) + (wantsBFloat16 ? [half(facts, place)] : [])
  }

  /// Products of fp32, by OpenBLAS.
  private func single(_ facts: KernelFacts, _ place: String) -> Finding {
    let library = facts.library
    let found = "OpenBLAS \(library.version) multiplies with its kernels for \(library.core)"
    guard library.arePoor, let level = library.level else {
      return ok(
        place,
        facts.restart == .done ? "\(found), chosen by the processor's features" : found)
    }
    let loss = level < .avx2 ? "a third of its speed or less" : "about half of its speed"
    return warn(
      place,
      "\(found) (\(level.name)), and the processor has \(library.processor.name): \(loss)",
      cure: Self.cure(facts))
  }

  /// What gets OpenBLAS better kernels, where those that it has are poor.
  static func cure(_ facts: KernelFacts) -> String {
    let update =
      facts.library.isDynamic
      ? "install OpenBLAS 0.3.25 or newer"
      : "install an OpenBLAS that has kernels for all processors (DYNAMIC_ARCH)"
    if let asked = facts.askedCore {
      return "unset \(KernelChoice.variable) (it is '\(asked)'), or \(update)"
    }
    guard facts.library.chooseByFeatures, facts.restart != .done else { return update }
    let export = "export \(KernelChoice.variable)=auto"
    guard case .refused(let reason) = facts.restart else { return export }
    return "\(export), for the program could not do so itself: \(reason)"
  }

  /// Products of bf16, by oneDNN.
  private func half(_ facts: KernelFacts, _ place: String) -> Finding {
    switch facts.bf16 {
    case .faster: return ok(place, "bf16 is multiplied faster than fp32")
    case .slower:
      return warn(
        place,
        "train.precision = \"bf16\" is slower than fp32: without AMX this processor multiplies bf16 "
          + "at about half the rate of fp32",
        cure: "--set train.precision=auto, unless memory matters more")
    case .none:
      return warn(
        place, TrainingConfiguration.precisionWarning, cure: "--set train.precision=fp32")
    }
  }
}

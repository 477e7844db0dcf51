/// Whether matrix products use what the processor can do.
struct KernelsCheck: DoctorCheck {
  static let name = "kernels"
  static let tellsWarningsAtStart = true

  func findings(_ examination: Examination) -> [Finding] {
    let groups = examination.groups { examination.ranks[$0].kernels }
    return groups.flatMap { facts, ranks in
      let place = examination.place(ranks)
      return [single(facts, place)]
        + (examination.wantsBFloat16 ? [half(facts, place)] : [])
    }
  }

  /// Products of fp32, by OpenBLAS.
  private func single(_ facts: KernelFacts, _ place: String) -> Finding {
    let found = "OpenBLAS \(facts.version) multiplies with its kernels for \(facts.core)"
    guard let level = KernelFacts.level(ofKernelsFor: facts.core), level < facts.processor else {
      return ok(place, found)
    }
    let loss = level < .avx2 ? "a third of its speed or less" : "about half of its speed"
    return warn(
      place,
      "\(found) (\(level.name)), and the processor has \(facts.processor.name): \(loss)",
      cure: cure(facts))
  }

  private func cure(_ facts: KernelFacts) -> String {
    let update = "install OpenBLAS 0.3.25 or newer"
    guard facts.choosesByFeatures, facts.askedCore != "auto" else {
      return facts.askedCore.map { "unset OPENBLAS_CORETYPE (it is \($0)), or \(update)" } ?? update
    }
    return
      "export OPENBLAS_CORETYPE=auto; new kernels compute other bits, so start new runs with it"
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
        cure: "--set train.precision=fp32, unless it is the memory that counts")
    case .none:
      return warn(
        place, TrainingConfiguration.precisionWarning, cure: "--set train.precision=fp32")
    }
  }
}

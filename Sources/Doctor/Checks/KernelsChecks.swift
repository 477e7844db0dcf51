import Configuration
import Foundation
import Hardware
import Kernels
import Supervision
import Train

/// Whether matrix products use what the processor can do.
struct KernelsCheck: DoctorCheck {
  static let name = "kernels"
  static let tellsWarningsAtStart = true

  func findings(_ examination: Examination) -> [Finding] {
    let groups = examination.groups { examination.ranks[$0].kernels }
    return groups.flatMap { facts, ranks in
      findings(
        facts, examination.place(ranks), bfloat16Products: examination.bfloat16Products,
        usesOpenBLAS: examination.usesOpenBLAS)
    }
  }

  /// The messages about the kernels of some ranks.
  func findings(
    _ facts: KernelFacts, _ place: String, bfloat16Products: ProductLibrary?, usesOpenBLAS: Bool
  ) -> [Finding] {
    (usesOpenBLAS ? [single(facts, place)] : [])
      + [bfloat16Products.map { half(facts, place, by: $0) }].compactMap { $0 }
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
    return "\(export), because the program could not do so itself: \(reason)"
  }

  /// Products of bf16.
  private func half(_ facts: KernelFacts, _ place: String, by products: ProductLibrary) -> Finding {
    if products == .onednn && facts.bf16 == .faster {
      return ok(place, "bf16 is multiplied faster than fp32")
    }
    if products == .onednn && facts.bf16 == .none {
      return warn(
        place, TrainingConfiguration.precisionWarning, cure: "--set train.precision=fp32")
    }
    let reason =
      products == .onednn
      ? "without AMX this processor multiplies bf16 at about half the rate of fp32"
      : "with train.products = \"\(products.rawValue)\" bf16 is widened to fp32 before it is multiplied"
    return warn(
      place, "train.precision = \"bf16\" is slower than fp32: \(reason)",
      cure: "--set train.precision=auto, unless memory matters more")
  }
}

/// Whether the libraries' matrix products reach what the processor can do.
struct ProductsCheck: DoctorCheck {
  static let name = "products"
  static let tellsWarningsAtStart = true

  /// Shares of the processor's own rate: from the first on all is well, below the second it is a fault.
  private static let (good, least) = (0.6, 0.3)

  func findings(_ examination: Examination) -> [Finding] {
    // At a start a rank leaves OpenBLAS out if its kernels are known to be poor, and all if the core is busy.
    let measured = examination.measurements.indices.compactMap { rank in
      examination.measurements[rank].products.map { (rank: rank, rates: $0) }
    }
    let names = measured.map { $0.rates.libraries.map(\.library) }
    let libraries = names.max { $0.count < $1.count } ?? []
    return libraries.flatMap { library in
      let shares = Dictionary(
        uniqueKeysWithValues: measured.compactMap { rank, rates in
          rates.share(of: library).map { (rank, $0) }
        })
      let groups = examination.groups(shares.keys.sorted()) {
        verdict(
          shares[$0] ?? 0,
          isDisturbed: examination.measurements[$0].products?.areDisturbed == true
            || BusyCheck.disturbs($0, examination))
      }
      return groups.compactMap { verdict, ranks in
        ranks.min { shares[$0] ?? 0 < shares[$1] ?? 0 }.flatMap { slowest in
          finding(verdict, ranks, slowest: slowest, library, examination)
        }
      }
    }
  }

  /// Where other processes compute on the rank's processors, a low share says little of the library.
  private func verdict(_ share: Double, isDisturbed: Bool) -> Finding.Verdict {
    share >= Self.good ? .ok : share >= Self.least || isDisturbed ? .warn : .fail
  }

  /// Reports the slowest of `ranks`, which share one verdict.
  private func finding(
    _ verdict: Finding.Verdict, _ ranks: [Int], slowest: Int, _ library: String,
    _ examination: Examination
  ) -> Finding? {
    guard let rates = examination.measurements[slowest].products,
      let rate = rates.libraries.first(where: { $0.library == library })
    else { return nil }
    let percent = Int((100 * rate.gigaflops / rates.peak).rounded())
    let found =
      "\(library) reaches \(Self.words(rate.gigaflops)) of \(Self.words(rates.peak)) GFLOP/s of one "
      + "core, \(percent) %"
    let cure = verdict == .ok ? nil : cure(library, examination.ranks[slowest].kernels)
    return Finding(verdict, Self.name, examination.place(ranks), found, cure: cure)
  }

  /// Two digits at least: an emulated processor has less than one GFLOP/s.
  private static func words(_ gigaflops: Double) -> String {
    gigaflops < 10 ? String(format: "%.2g", gigaflops) : "\(Int(gigaflops.rounded()))"
  }

  private func cure(_ library: String, _ facts: KernelFacts) -> String {
    let product = ProductLibrary.allCases.first { $0.name == library }
    if product == .openblas && facts.library.arePoor { return KernelsCheck.cure(facts) }
    let others =
      switch product {
      case .openblas: "update OpenBLAS"
      case .onednn: "unset ONEDNN_MAX_CPU_ISA or update oneDNN"
      case .portable, nil: "build the program on this processor (GMLP_TRAIN_MARCH=native)"
      }
    return "measure again when nothing else runs here; if it stays so, \(others)"
  }
}

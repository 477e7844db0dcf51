import Kernels

/// Whether a product takes one thread, and threads stay where they are.
struct ThreadsCheck: DoctorCheck {
  static let name = "threads"

  func findings(_ examination: Examination) -> [Finding] {
    blas(examination) + variables(examination)
  }

  private func blas(_ examination: Examination) -> [Finding] {
    examination.groups { examination.ranks[$0].blasThreads }.map { threads, ranks in
      let place = examination.place(ranks)
      return threads == 1
        ? ok(place, "BLAS uses 1 thread per product")
        : fail(
          place, "BLAS uses \(threads) threads per product", cure: "export OPENBLAS_NUM_THREADS=1")
    }
  }

  private func variables(_ examination: Examination) -> [Finding] {
    let binding = examination.groups { rank in
      BindingCheck.bindingVariables.filter { name in
        guard let value = examination.ranks[rank].environment[name]?.lowercased() else {
          return false
        }
        return !(name == "OMP_PROC_BIND" && value == "false")
      }
    }
    return binding.filter { !$0.value.isEmpty }.map { names, ranks in
      let set = names.map { "\($0)=\(examination.ranks[ranks[0]].environment[$0] ?? "")" }
      return warn(
        examination.place(ranks),
        "\(set.joined(separator: " ")) lets libgomp bind the whole process, workers too",
        cure: "unset \(names.joined(separator: " "))")
    }
  }
}

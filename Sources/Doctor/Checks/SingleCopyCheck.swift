/// Whether a rank may read another's memory, as Open MPI does with large messages on one host.
struct SingleCopyCheck: DoctorCheck {
  static let name = "single copy"

  private static let variable = "OMPI_MCA_btl_vader_single_copy_mechanism"

  func findings(_ examination: Examination) -> [Finding] {
    let hosts = examination.hosts.filter { $0.ranks.count > 1 }
    return hosts.map { host in
      let failed = host.ranks.filter { examination.measurements[$0].singleCopyFault != nil }
      guard let first = failed.first, let fault = examination.measurements[first].singleCopyFault
      else {
        return ok(examination.place(host.ranks), "process_vm_readv works between all ranks")
      }
      let place = examination.place(failed)
      if examination.ranks[first].environment[Self.variable] == "none" {
        return ok(place, "process_vm_readv is refused, and Open MPI was told not to use it")
      }
      return fail(place, fault, cure: "export \(Self.variable)=none")
    }
  }
}

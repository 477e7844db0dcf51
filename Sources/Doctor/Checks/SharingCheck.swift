/// Whether the ranks of one host can map each other's files in memory.
struct SharingCheck: DoctorCheck {
  static let name = "mapped memory"

  func findings(_ examination: Examination) -> [Finding] {
    guard examination.ranks.count > 1, examination.hosts.count == 1 else { return [] }
    guard let fault = examination.measurements[0].sharedMemoryFault else {
      return [ok("all ranks", "every rank maps the others' memory")]
    }
    return [
      warn(
        "all ranks", "gradients travel as messages, which is slower: \(fault)",
        cure: "start all ranks as one user in one container, from a program that they may read")
    ]
  }
}

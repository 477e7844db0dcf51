/// Whether another job's ranks are confined to the one processor that a rank has.
struct RivalCheck: DoctorCheck {
  static let name = "other jobs"

  func findings(_ examination: Examination) -> [Finding] {
    let groups = examination.groups { examination.measurements[$0].rivals }
    return groups.map { rivals, ranks in
      let place = examination.place(ranks)
      guard !rivals.isEmpty else {
        return ok(place, "no rank of another job is bound to the same processor")
      }
      let facts = examination.ranks[ranks[0]]
      return fail(
        place,
        "processor \(facts.processorsDescription) is also the only one of "
          + rivals.joined(separator: ", "),
        cure: facts.hasLauncher
          ? "mpirun --bind-to none for both jobs"
          : "taskset with other processors, or without taskset")
    }
  }
}

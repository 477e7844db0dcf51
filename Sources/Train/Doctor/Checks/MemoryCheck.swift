/// Whether the memory of all ranks of a host fits into what they may have.
struct MemoryCheck: DoctorCheck {
  static let name = "memory"

  func findings(_ examination: Examination) -> [Finding] {
    guard let needs = examination.needs else { return [] }
    let hosts = examination.hosts
    return hosts.flatMap { host in
      let estimate = needs.memory
      let needed =
        hosts.count == 1 ? estimate.onOneHost : host.ranks.count * estimate.peak
      return together(host.ranks, needed, examination)
        + alone(host.ranks, estimate.peak - estimate.program, examination)
    }
  }

  /// All ranks of a host beside what the host, the container or the job has.
  private func together(
    _ host: [Int], _ needed: Int, _ examination: Examination
  ) -> [Finding] {
    let memory = examination.ranks[host[0]].memory
    var limits = [("MemAvailable", memory.available)]
    if let group = memory.group { limits.append((group.file, group.bytes)) }
    if let slurm = memory.slurmPerNode { limits.append(("SLURM_MEM_PER_NODE", slurm)) }
    let place = examination.place(host)
    let least = limits.min { $0.1 < $1.1 } ?? limits[0]
    let found =
      "\(host.count) \(host.count == 1 ? "rank needs" : "ranks need") \(Megabytes(needed)) of "
      + "\(Megabytes(least.1)) (\(least.0))"
    guard needed > least.1 else { return [ok(place, found)] }
    return [
      fail(
        place, found,
        cure: least.0 == "SLURM_MEM_PER_NODE"
          ? "sbatch --mem=\(needed / 900_000)M" : "lower --threads or train.micro_batch_size")
    ]
  }

  /// A rank beside the address space that it may have.
  private func alone(
    _ host: [Int], _ needed: Int, _ examination: Examination
  ) -> [Finding] {
    examination.groups(host) { examination.ranks[$0].memory.addressSpaceLimit }.compactMap {
      limit, ranks in
      let used = ranks.map { examination.ranks[$0].memory.addressSpaceUsed }.max() ?? 0
      guard let limit, used + needed > limit else { return nil }
      return fail(
        examination.place(ranks),
        "a rank has \(Megabytes(used)) of address space and needs \(Megabytes(needed)) more; its "
          + "limit is \(Megabytes(limit))", cure: "ulimit -v unlimited")
    }
  }
}

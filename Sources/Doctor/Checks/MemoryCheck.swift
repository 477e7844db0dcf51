import Hardware
import Memory
import Train

/// Whether the memory of all ranks of a host fits into what they may have.
struct MemoryCheck: DoctorCheck {
  static let name = "memory"

  func findings(_ examination: Examination) -> [Finding] {
    guard let needs = examination.needs else { return [] }
    let hosts = examination.hosts
    return hosts.flatMap { host in
      let estimate = needs.memory
      let needed =
        hosts.count == 1 ? estimate.onOneHost : estimate.onHost(ranks: host.ranks.count)
      return together(host.ranks, needed, examination)
        + alone(
          host.ranks, estimate.bytesToCome(threads: examination.ranks[host.ranks[0]].threads),
          examination)
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

  /// A rank beside the limits that are put on its process.
  private func alone(
    _ host: [Int], _ needed: Int, _ examination: Examination
  ) -> [Finding] {
    examination.groups(host) { Limits(examination.ranks[$0].memory) }.flatMap { limits, ranks in
      let memory = ranks.map { examination.ranks[$0].memory }
      let libraries = memory.map(\.libraryBytes).max() ?? 0
      let kinds = [
        (limits.addressSpace, memory.map(\.addressSpaceUsed), "address space", "ulimit -v"),
        (limits.data, memory.map(\.dataUsed), "data", "ulimit -d"),
      ]
      return kinds.compactMap { limit, used, name, command -> Finding? in
        let used = used.max() ?? 0
        guard let limit, used + needed + libraries > limit else { return nil }
        return fail(
          examination.place(ranks),
          "a rank has \(Megabytes(used)) of \(name) and needs \(Megabytes(needed + libraries)) more; "
            + "its limit is \(Megabytes(limit))", cure: "\(command) unlimited")
      }
    }
  }

  private struct Limits: Hashable {
    let addressSpace: Int?
    let data: Int?

    init(_ memory: HostMemory) {
      addressSpace = memory.addressSpaceLimit
      data = memory.dataLimit
    }
  }
}

import Comm

/// Whether Open MPI has room for the memory that ranks of a host share, and for its session.
struct SharedMemoryCheck: DoctorCheck {
  static let name = "shared memory"

  /// What one job put into its session directory here with 1 to 8 ranks, twice, in bytes.
  static let sessionBytes = 2 * 8_500_000

  func findings(_ examination: Examination) -> [Finding] {
    examination.hosts.flatMap { host in
      [segments(host.ranks, examination), session(host.ranks, examination)]
    }
  }

  private func segments(_ host: [Int], _ examination: Examination) -> Finding {
    let facts = examination.ranks[host[0]]
    let place = examination.place(host)
    let segment = facts.environment["OMPI_MCA_btl_vader_segment_size"].flatMap { Int($0) }
    // Alone nothing is shared: then it is about the ranks that could be started here.
    let ranks = facts.hasLauncher ? host.count : facts.available.count
    let needed = ranks * (segment ?? LaunchEnvironment.segmentBytes)
    switch facts.sharedMemory {
    case .unknown(let reason):
      return warn(place, reason, cure: "mount a tmpfs on /dev/shm")
    case .known(let space):
      let found =
        "\(space.path) has \(Megabytes(space.freeBytes)) free, Open MPI takes \(Megabytes(needed)) for "
        + "\(ranks) \(ranks == 1 ? "rank" : "ranks")"
      if space.freeBytes >= needed { return ok(place, found) }
      let cure =
        "docker run --shm-size=1g, or export OMPI_MCA_btl_vader_backing_directory=/tmp"
      return facts.hasLauncher
        ? fail(place, found, cure: cure) : warn(place, found, cure: cure)
    }
  }

  private func session(_ host: [Int], _ examination: Examination) -> Finding {
    let place = examination.place(host)
    switch examination.ranks[host[0]].session {
    case .unknown(let reason):
      return warn(place, reason, cure: "export TMPDIR=/tmp")
    case .known(let space):
      let found =
        "\(space.path) has \(Megabytes(space.freeBytes)) free, a session of Open MPI takes "
        + "\(Megabytes(Self.sessionBytes))"
      if space.freeBytes < Self.sessionBytes {
        return warn(place, found, cure: "make room, or export TMPDIR=FOLDER on a local disk")
      }
      if space.isOnNetwork {
        return warn(
          place, "\(space.path) is on \(space.kind): a session belongs on a local disk",
          cure: "export TMPDIR=/tmp, or OMPI_MCA_orte_tmpdir_base=/tmp")
      }
      return ok(place, found)
    }
  }
}

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

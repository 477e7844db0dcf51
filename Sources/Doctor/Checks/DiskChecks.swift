import Comm
import Files
import Hardware
import Train

/// Whether the run directory has room for the checkpoints that are there at once.
struct DiskCheck: DoctorCheck {
  static let name = "disk"

  func findings(_ examination: Examination) -> [Finding] {
    guard let storage = examination.storage, let needs = examination.needs else { return [] }
    let place = "rank 0 on \(examination.ranks[0].host)"
    if let fault = storage.fault {
      return [fail(place, fault, cure: "choose another --run-dir")]
    }
    if let limit = storage.fileSizeLimit, needs.largestFileBytes > limit {
      return [
        fail(
          place,
          "a file may have \(Megabytes(limit)), and the largest one of a checkpoint has "
            + "\(Megabytes(needs.largestFileBytes))", cure: "ulimit -f unlimited")
      ]
    }
    switch storage.space {
    case .unknown(let reason):
      return [fail(place, reason, cure: "choose another --run-dir")]
    case .known(let space):
      let needed = needs.checkpointsAtOnce * needs.checkpointBytes
      let found =
        "\(storage.folder) (\(space.kind)) has \(Megabytes(space.freeBytes)) free, "
        + "\(counted(needs.checkpointsAtOnce, "checkpoint")) of \(Megabytes(needs.checkpointBytes)) "
        + "\(needs.checkpointsAtOnce == 1 ? "takes" : "take") \(Megabytes(needed))"
      let room = space.freeBytes.addingReportingOverflow(storage.replacedBytes)
      if room.overflow || room.partialValue >= needed { return [ok(place, found)] }
      return [
        fail(place, found, cure: "make room, choose another --run-dir, or lower train.keep")
      ]
    }
  }
}

/// Whether the run directory can be written, how fast, and whether all hosts see it.
struct DiskSpeedCheck: DoctorCheck {
  static let name = "run directory"

  /// Seconds for a checkpoint above which a word is said.
  private static let patience = 60.0

  func findings(_ examination: Examination) -> [Finding] {
    guard let storage = examination.storage, let disk = examination.measurements[0].disk else {
      return []
    }
    return [speed(disk, storage, examination)] + visibility(storage, examination)
  }

  private func speed(
    _ disk: DiskProbe, _ storage: RunStorage, _ examination: Examination
  ) -> Finding {
    let place = "rank 0 on \(examination.ranks[0].host)"
    guard let speed = disk.megabytesPerSecond else {
      let fault = disk.fault ?? "\(storage.folder): cannot be written"
      return fail(
        place, "\(storage.runDirectory) cannot be written: \(fault)",
        cure: "choose another --run-dir, or make this one writable")
    }
    var found = "\(Int(speed.rounded())) MB/s with fsync"
    guard let needs = examination.needs else { return ok(place, found) }
    let seconds = Double(needs.checkpointBytes) / 1e6 / speed
    found += ", \((seconds * 10).rounded() / 10) s per checkpoint"
    if seconds <= Self.patience && speed >= 5 { return ok(place, found) }
    return warn(
      place, found, cure: "choose a --run-dir on a faster disk, or raise train.checkpoint_every")
  }

  private func visibility(_ storage: RunStorage, _ examination: Examination) -> [Finding] {
    guard examination.ranks.count > 1 else { return [] }
    var findings: [Finding] = []
    if case .known(let space) = storage.space, space.isOnNetwork {
      findings.append(ok("rank 0 on \(examination.ranks[0].host)", "it is on \(space.kind)"))
    }
    let blind = examination.ranks.indices.filter {
      examination.measurements[$0].seesRunDirectory == false
    }
    let isKnown = examination.measurements[0].seesRunDirectory != nil
    if !blind.isEmpty {
      findings.append(
        fail(
          examination.place(blind), "what rank 0 writes to \(storage.folder) is not there",
          cure: "choose a --run-dir that all hosts share under one path"))
    } else if isKnown {
      findings.append(ok("all ranks", "all ranks see what rank 0 writes"))
    }
    return findings
  }
}

/// Whether the file system of the run directory keeps a second run out and names safe.
struct StorageCheck: DoctorCheck {
  static let name = "file system"

  func findings(_ examination: Examination) -> [Finding] {
    guard let storage = examination.storage, let probe = examination.measurements[0].storage else {
      return []
    }
    let place = "rank 0 on \(examination.ranks[0].host)"
    var findings: [Finding] = []
    if let lack = probe.lackOfLocks {
      findings.append(
        warn(
          place, "\(storage.folder) has no locks (\(lack)): nothing keeps a second run out",
          cure: "start one run at a time in it, or choose a --run-dir on a file system that has "
            + "(Lustre: mounted with -o flock)"))
    }
    if !probe.syncsFolders {
      findings.append(
        warn(
          place,
          "\(storage.folder) cannot sync folders: a loss of power may take the newest checkpoint",
          cure: "choose a --run-dir on another file system, or raise train.keep"))
    }
    return findings.isEmpty
      ? [ok(place, "\(storage.folder) has locks and syncs folders")] : findings
  }
}

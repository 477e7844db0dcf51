import Comm
import Train

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

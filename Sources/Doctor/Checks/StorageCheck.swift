import Comm

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

import Comm
import Files

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

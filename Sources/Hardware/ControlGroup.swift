import Configuration
import Foundation

/// Limits that a container or a job puts on its processes, in cgroups of both versions.
enum ControlGroup {
  /// The smallest limit of memory of this process's group and those above it.
  static func memoryLimit() throws(CommandError) -> HostMemory.Limit? {
    var smallest: HostMemory.Limit?
    for file in try files("memory", ["memory.max", "memory.limit_in_bytes"]) {
      guard let bytes = try SystemFile(file).number, bytes < smallest?.bytes ?? noLimit else {
        continue
      }
      smallest = HostMemory.Limit(bytes: bytes, file: file)
    }
    return smallest
  }

  /// The processors whose time this process's group may take; nil without a limit.
  static func processorQuota() throws(CommandError) -> Double? {
    var smallest: Double?
    for file in try files("cpu", ["cpu.max", "cpu.cfs_quota_us"]) {
      let words = try SystemFile(file).text?.split(separator: " ") ?? []
      let period =
        words.count > 1
        ? String(words[1])
        : try SystemFile(file.replacing("cfs_quota_us", with: "cfs_period_us")).text
      guard let quota = words.first.flatMap({ Double($0) }), quota > 0,
        let period = period.flatMap({ Double($0) }), period > 0
      else { continue }
      smallest = min(smallest ?? .infinity, quota / period)
    }
    return smallest
  }

  /// Version 1 writes the largest number of whole pages where there is no limit.
  private static let noLimit = 1 << 60

  /// The files of `names` in the folders of this process's group and those above it.
  ///
  /// Inside a container the group's own path may not be there: then it is mounted as the root.
  private static func files(
    _ controller: String, _ names: [String]
  ) throws(CommandError) -> [String] {
    var folders: [String] = []
    for line in try SystemFile("/proc/self/cgroup").lines {
      let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3 else { continue }
      let controllers = parts[1].split(separator: ",")
      let root: String
      if parts[0] == "0" {
        root = "/sys/fs/cgroup"
      } else if controllers.contains(Substring(controller)) {
        root = "/sys/fs/cgroup/\(controller)"
      } else {
        continue
      }
      var steps = parts[2].split(separator: "/")
      while true {
        folders.append(([root] + steps.map(String.init)).joined(separator: "/"))
        if steps.isEmpty { break }
        steps.removeLast()
      }
    }
    return folders.flatMap { folder in names.map { "\(folder)/\($0)" } }
  }
}

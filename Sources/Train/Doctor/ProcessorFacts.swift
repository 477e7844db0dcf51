internal import Foundation

/// What the processor is called, and how the system runs it.
struct ProcessorFacts: Sendable, Codable, Equatable {
  /// Its name, as in "AMD EPYC 9B45".
  var model: String
  /// Who chooses its frequency, as in `powersave`; nil where the system does not tell.
  var governor: String?
  /// Whether it may run faster than its nominal frequency; nil where the system does not tell.
  var isBoosted: Bool?
  /// The processors whose time the container may take; nil without a limit.
  var quota: Double?
}

extension ProcessorFacts {
  /// What the system tells.
  init() throws(StartError) {
    let line = try SystemFile("/proc/cpuinfo").lines.first { $0.hasPrefix("model name") }
    let name = line?.split(separator: ":", maxSplits: 1).last ?? "unknown processor"
    model = name.trimmingCharacters(in: .whitespaces)
    let folder = "/sys/devices/system/cpu"
    governor = try SystemFile("\(folder)/cpu0/cpufreq/scaling_governor").text
    if let number = try SystemFile("\(folder)/intel_pstate/no_turbo").number {
      isBoosted = number == 0
    } else {
      isBoosted = try SystemFile("\(folder)/cpufreq/boost").number.map { $0 != 0 }
    }
    quota = try ControlGroup.processorQuota()
  }
}

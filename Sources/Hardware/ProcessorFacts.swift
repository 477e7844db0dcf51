package import Configuration
import Foundation

/// What the processor is called, and how the system runs it.
package struct ProcessorFacts: Sendable, Codable, Equatable {
  /// Its name, as in "AMD EPYC 9B45".
  package var model: String
  /// Who chooses its frequency, as in `powersave`; nil if the system does not tell.
  package var governor: String?
  /// Whether it may run faster than its nominal frequency; nil if the system does not tell.
  package var isBoosted: Bool?
  /// The processors whose time the container may take; nil without a limit.
  package var quota: Double?
}

extension ProcessorFacts {
  /// What the system reports.
  package init() throws(CommandError) {
    model = Self.model(in: try SystemFile("/proc/cpuinfo").lines)
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

extension ProcessorFacts {
  /// What this processor is called; "unknown processor" where the system does not tell.
  package static var modelHere: String {
    do {
      return model(in: try SystemFile("/proc/cpuinfo").lines)
    } catch {
      // A start has failed at this already, with a line.
      return "unknown processor"
    }
  }

  /// The name in the lines of `/proc/cpuinfo`, with numbers where the name has none to tell it by.
  package static func model(in lines: [Substring]) -> String {
    func value(_ key: String) -> String? {
      let line = lines.first {
        $0.prefix { $0 != ":" }.trimmingCharacters(in: .whitespaces) == key
      }
      let value = line?.split(separator: ":", maxSplits: 1).dropFirst().first
      return value.map { $0.trimmingCharacters(in: .whitespaces) }
    }
    func numbers(_ keys: [(key: String, name: String)]) -> String {
      keys.compactMap { key, name in value(key).map { "\(name) \($0)" } }.joined(separator: ", ")
    }
    let name = value("model name") ?? ""
    if name.contains(where: \.isNumber) { return name }
    // A hypervisor may call every processor of a maker by one name, and AArch64 has no names.
    let told = numbers([
      ("cpu family", "family"), ("model", "model"), ("CPU implementer", "implementer"),
      ("CPU part", "part"),
    ])
    let known = name.isEmpty ? "unknown processor" : name
    return told.isEmpty ? known : "\(known) (\(told))"
  }
}

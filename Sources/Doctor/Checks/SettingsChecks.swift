import Configuration

/// Whether mpirun lets root start ranks, here and on other hosts.
struct RootCheck: DoctorCheck {
  static let name = "root"

  private static let variables = ["OMPI_ALLOW_RUN_AS_ROOT", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"]

  func findings(_ examination: Examination) -> [Finding] {
    let roots = examination.ranks.indices.filter { examination.ranks[$0].isRoot }
    if roots.isEmpty { return [ok(examination.place(examination.ranks.indices), "not root")] }
    let unset = roots.filter { rank in
      Self.variables.contains { examination.ranks[rank].environment[$0] != "1" }
    }
    if unset.isEmpty {
      return [ok(examination.place(roots), "root, and both variables allow it")]
    }
    let exports = Self.variables.map { "\($0)=1" }.joined(separator: " ")
    if !examination.ranks[0].hasLauncher {
      return [
        warn(
          examination.place(unset), "mpirun refuses root", cure: "export \(exports)")
      ]
    }
    guard examination.hosts.count > 1 else {
      return [ok(examination.place(roots), "root, by mpirun's --allow-run-as-root")]
    }
    return [
      warn(
        examination.place(unset), "root, and the variables that allow it are not set there",
        cure: "export \(exports), and mpirun "
          + Self.variables.map { "-x \($0)" }.joined(separator: " "))
    ]
  }
}

/// Whether settings have no effect or make no sense together.
struct SettingsCheck: DoctorCheck {
  static let name = "settings"
  static let tellsWarningsAtStart = true

  func findings(_ examination: Examination) -> [Finding] {
    let place = examination.place(examination.ranks.indices)
    if examination.notes.isEmpty { return [ok(place, "all settings have an effect")] }
    return examination.notes.map { warn(place, $0.finding, cure: $0.cure) }
  }
}

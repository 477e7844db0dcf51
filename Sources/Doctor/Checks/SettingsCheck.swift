import Configuration

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

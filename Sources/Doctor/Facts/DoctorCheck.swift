/// One of the doctor's questions, answered from what the ranks have told.
///
/// A check asks nobody: it is a function of the ``Examination``, so that each trap can be tried
/// without the cluster that has it.
protocol DoctorCheck: Sendable {
  /// The name that people and programs see.
  static var name: String { get }

  /// Whether a run tells its warnings at the start too, and not only what fails.
  static var tellsWarningsAtStart: Bool { get }

  /// What is to be said; at least one finding where the question makes sense here, else none.
  func findings(_ examination: Examination) -> [Finding]
}

extension DoctorCheck {
  static var tellsWarningsAtStart: Bool { false }

  /// A finding that nothing has to be done about.
  func ok(_ place: String, _ finding: String) -> Finding {
    Finding(.ok, Self.name, place, finding, cure: nil)
  }

  /// A finding that may be meant.
  func warn(_ place: String, _ finding: String, cure: String) -> Finding {
    Finding(.warn, Self.name, place, finding, cure: cure)
  }

  /// A trap.
  func fail(_ place: String, _ finding: String, cure: String) -> Finding {
    Finding(.fail, Self.name, place, finding, cure: cure)
  }
}

import Foundation

extension Error {
  /// What Foundation says of the cause, made to stand inside a line of ours.
  package var reason: String {
    localizedDescription.replacing("The operation could not be completed. ", with: "")
      .trimmingCharacters(in: CharacterSet(charactersIn: ". "))
  }
}

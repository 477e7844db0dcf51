import Foundation

extension Error {
  /// What Foundation says of the cause, made to stand inside a line of ours.
  package var reason: String {
    let error = self as NSError
    if error.domain == NSCocoaErrorDomain, localizedDescription.contains(NSCocoaErrorDomain),
      let cause = (error.userInfo[NSUnderlyingErrorKey] as? any Error).map({ $0 as NSError }),
      cause.domain == NSPOSIXErrorDomain
    {
      // Foundation has no words for it, and the system has.
      return unsafe String(cString: strerror(Int32(cause.code)))
    }
    return localizedDescription.replacing("The operation could not be completed. ", with: "")
      .trimmingCharacters(in: CharacterSet(charactersIn: ". "))
  }
}

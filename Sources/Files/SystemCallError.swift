import Foundation
import Glibc

/// A failed system call, which each module describes in its own words.
public struct SystemCallError: Error, Sendable, Equatable {
  /// The call, as in "open".
  public let call: String
  /// The file or folder that it was made on.
  public let path: String
  /// The error number.
  public let number: Int32
  /// The byte of the file that the call was about, if it was about one.
  public let offset: Int?

  /// The failure of `call` on `path` with the error number `number`.
  public init(call: String, path: String, number: Int32, offset: Int? = nil) {
    self.call = call
    self.path = path
    self.number = number
    self.offset = offset
  }

  /// The system's description of the error.
  public var reason: String { unsafe String(cString: strerror(number)) }

  /// Repeats `body` while signals interrupt it.
  ///
  /// - Parameters:
  ///   - call: the name of the call.
  ///   - path: what it is made on.
  ///   - offset: the byte that it is about, if it is about one.
  ///   - body: returns a negative number, and sets `errno`, where it fails.
  /// - Throws: the failure.
  /// - Returns: what the call returned in the end.
  @discardableResult
  public static func check<Value: BinaryInteger>(
    _ call: String, _ path: String, at offset: Int? = nil, _ body: () -> Value
  ) throws(SystemCallError) -> Value {
    while true {
      let value = body()
      if value >= 0 { return value }
      let number = errno
      if number != EINTR {
        throw SystemCallError(call: call, path: path, number: number, offset: offset)
      }
    }
  }
}

extension Error {
  /// Foundation's description of the cause, without its fixed phrases and final period.
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

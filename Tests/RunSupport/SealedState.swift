import Digests
import Foundation
package import TestSupport
import Testing

extension TemporaryFolder {
  /// Changes the state of a checkpoint and gives it the right digest, as somebody might who knows how.
  ///
  /// - Parameters:
  ///   - checkpoint: its folder in this one.
  ///   - change: receives the members of `state.json`.
  /// - Throws: what reading, `change` or writing throws.
  package func reseal(
    _ checkpoint: String, _ change: (inout [String: Any]) throws -> Void
  ) throws {
    let old = try text(of: "\(checkpoint)/state.json")
    var state = try #require(
      try JSONSerialization.jsonObject(with: Data(old.utf8)) as? [String: Any])
    state["state_sha256"] = nil
    try change(&state)
    let json = try JSONSerialization.data(
      withJSONObject: state, options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
    let body = Array(json.dropFirst(2) + Data("\n".utf8))
    var digest = SHA256()
    digest.update(body.span)
    let start = "{\n  \"state_sha256\" : \"\(digest.hexadecimal)\",\n"
    try write(Array(start.utf8) + body, to: "\(checkpoint)/state.json")
  }
}

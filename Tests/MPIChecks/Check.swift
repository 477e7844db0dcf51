import Comm

/// A check that all ranks run together, with the number given after `--argument`.
typealias Check = @Sendable (CommunicationThread, Int) throws -> Void

/// A check that found something wrong.
struct CheckFailure: Error, CustomStringConvertible {
  let description: String
}

func expect(_ isTrue: Bool, _ description: @autoclosure () -> String) throws {
  if !isTrue { throw CheckFailure(description: description()) }
}

func expectEqual<Value: Equatable>(_ found: Value, _ wanted: Value, _ what: String) throws {
  try expect(found == wanted, "\(what) is \(found), not \(wanted)")
}

import Checkpoints
package import Configuration
import Glibc
import Platform

extension Fault {
  /// The variable that holds faults, separated by commas.
  package static let variable = "GMLP_TRAIN_FAULT"
  /// A file with the verdict's name and this suffix appears when a fault happens that ends the run.
  package static let struckSuffix = ".struck"

  /// A fault as in `1:backward:17:kill`: rank or `*`, place, step or `*`, kind, and for some an argument.
  ///
  /// - Throws: ``CommandError`` that names what is wrong.
  package init(_ text: Substring) throws(CommandError) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    guard (4...5).contains(parts.count) else {
      throw Self.error(text, "is not rank:place:step:kind, as in 1:backward:17:kill")
    }
    rank = try Self.number(parts[0], "rank", text)
    place = try Self.place(parts[1], text)
    step = try Self.number(parts[2], "step", text)
    kind = try Self.kind(parts[3], parts.count == 5 ? parts[4] : nil, text)
    try requireMeaning(text)
  }

  private static let kinds: [(name: String, kind: Kind)] = [
    ("kill", .kill), ("stop", .stop), ("hang", .hang), ("throw", .throw), ("nan", .nan),
    ("no-space", .error(ENOSPC)), ("io-error", .error(EIO)), ("read-only", .error(EROFS)),
    ("short-write", .shortWrite), ("skip", .skip), ("late", .late),
    ("rank-seed", .rankSeed),
  ]

  private static func number(
    _ text: String, _ name: String, _ whole: Substring
  ) throws(CommandError) -> Int? {
    if text == "*" { return nil }
    guard let number = Int(text), number >= 0 else {
      throw error(whole, "'\(text)' is not a \(name) number; give one, or * for each")
    }
    return number
  }

  private static func place(_ text: String, _ whole: Substring) throws(CommandError) -> Place {
    if let phase = RunPhase.allCases.first(where: { $0.name == text }) { return .phase(phase) }
    if let operation = DiskOperation(rawValue: text) { return .disk(operation) }
    let names = RunPhase.allCases.map(\.name) + DiskOperation.allCases.map(\.rawValue)
    throw error(
      whole,
      "'\(text)' is not a place; \(suggestion(for: text, among: names, called: "the places"))")
  }

  private static func kind(
    _ text: String, _ argument: String?, _ whole: Substring
  ) throws(CommandError) -> Kind {
    switch (text, argument.map { Int($0) }) {
    case ("slow", let milliseconds??) where milliseconds >= 0: return .slow(milliseconds)
    case ("flip", let element??) where element >= 0: return .flip(element)
    case ("power", nil): return .power(after: 0, keepsNames: false)
    case ("power", let count??) where count >= 0: return .power(after: count, keepsNames: false)
    case ("power-files", nil): return .power(after: 0, keepsNames: true)
    case ("power-files", let count??) where count >= 0:
      return .power(after: count, keepsNames: true)
    case ("power", _), ("power-files", _):
      throw error(whole, "'\(argument ?? "")' is not a valid number of operations")
    case ("slow", _): throw error(whole, "slow needs milliseconds, as in *:forward:*:slow:50")
    case ("flip", nil): return .flip(0)
    case ("stuck", let element??) where element >= 0: return .stuck(element)
    case ("stuck", nil): return .stuck(0)
    case ("flip", _), ("stuck", _):
      throw error(whole, "'\(argument ?? "")' is not the number of a weight")
    case (_, .some): throw error(whole, "\(text) takes no argument")
    case (_, nil):
      if let kind = kinds.first(where: { $0.name == text })?.kind { return kind }
      let names = kinds.map(\.name) + ["slow", "flip", "stuck", "power", "power-files"]
      throw error(
        whole,
        "'\(text)' is not a kind; \(suggestion(for: text, among: names, called: "the kinds"))")
    }
  }

  /// Refuses faults that could never happen.
  private func requireMeaning(_ text: Substring) throws(CommandError) {
    if case .disk = place, rank ?? 0 != 0 {
      throw Self.error(text, "rank 0 alone writes checkpoints")
    }
    if place == .phase(.start), step ?? 0 != 0 {
      throw Self.error(text, "there is no step yet at the start; write * for it")
    }
    let canHappen =
      switch (place, kind) {
      case (_, .kill), (_, .stop), (_, .hang), (_, .slow): true
      case (.phase(let phase), .throw): phase.canThrow
      case (.phase(let phase), .nan): phase == .backward
      case (.phase(let phase), .flip), (.phase(let phase), .stuck):
        phase == .forward || phase == .evaluate
      case (.phase(let phase), .rankSeed): phase == .forward
      case (.disk(let operation), .shortWrite): operation == .write
      case (.disk(let operation), .skip): operation == .sync || operation == .syncFolder
      case (.disk(let operation), .late): operation == .sync
      case (.disk, .error), (.disk, .power): true
      default: false
      }
    if canHappen { return }
    throw Self.error(
      text,
      "that cannot happen there: nan goes with backward, flip and stuck with forward and evaluate, "
        + "rank-seed with forward, throw not with start, backward, exchange, gather and disk, late with sync, "
        + "and errors of disks and power with \(Self.operations)"
    )
  }

  private static var operations: String {
    DiskOperation.allCases.map(\.rawValue).joined(separator: ", ")
  }

  private static func error(_ text: Substring, _ fault: String) -> CommandError {
    CommandError("\(variable)=\(text): \(fault)", exitCode: .usage)
  }
}

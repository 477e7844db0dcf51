package import Comm
import Synchronization

/// The weights of a step on their way from their owners, from the last elements to the first.
///
/// The last elements are those of the first layers: a forward pass may begin when they are there.
package final class ArrivingWeights: Sendable {
  private struct State {
    /// Each part begins where the one after it ends.
    var parts: [(first: Int, work: PendingWork)] = []
    /// The elements from here on are known to be there.
    var arrived = 0
  }

  private let state = Mutex(State())

  /// Whether what arrives is rounded at once where the blocks compute in bf16.
  package let areRoundedOnArrival: Bool

  /// Weights that are there as a whole.
  ///
  /// They were not rounded on arrival, or changed since: in bf16 the next step rounds all of them again.
  package static var arrived: ArrivingWeights { ArrivingWeights() }

  /// Weights before any part is on its way.
  package init(areRoundedOnArrival: Bool = false) {
    self.areRoundedOnArrival = areRoundedOnArrival
  }

  /// Notes that `elements` come by `work`; they end where those of the part before begin.
  package func expect(_ elements: Range<Int>, _ work: PendingWork) {
    state.withLock { state in
      // The rest is frozen, and already there.
      if state.parts.isEmpty { state.arrived = elements.upperBound }
      state.parts.append((elements.lowerBound, work))
    }
  }

  /// Whether the elements from `first` to the last are known to be there.
  package func areHere(from first: Int) -> Bool {
    state.withLock { $0.arrived <= first }
  }

  /// Waits until the elements from `first` to the last are there.
  ///
  /// - Throws: what has ended the communication.
  package func wait(from first: Int = 0) throws {
    let (parts, arrived) = state.withLock { ($0.parts, $0.arrived) }
    if arrived <= first { return }
    for part in parts where part.first < arrived {
      try part.work.wait()
      state.withLock { $0.arrived = min($0.arrived, part.first) }
      if part.first <= first { return }
    }
  }

  /// Waits like ``wait(from:)``; after a failure returns at once, and a later ``wait(from:)`` throws it.
  package func waitUnlessFailed(from first: Int) {
    do {
      try wait(from: first)
    } catch {
      // The communication stays failed: no step can be completed any more.
    }
  }
}

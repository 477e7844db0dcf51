package import Checkpoints
import Digests
import Foundation
package import Kernels
package import Model
import Synchronization
import Threading

/// Rank zero's writer: streams a checkpoint to disk on a thread of its own, one at a time.
package final class CheckpointWriter: Sendable {
  /// How the last checkpoint ended.
  package enum Outcome: Sendable {
    case none
    case saved(Checkpoint)
    case failed(String)
  }

  private struct State {
    var draft: CheckpointDraft?
    var files: [String: SafeTensorsWriter] = [:]
    var failure: (any Error)?
    var queuedParts = 0
    var seconds = 0.0
    var longestSeconds = 0.0
    var outcome = Outcome.none
  }

  private let store: CheckpointStore
  private let layout: ParameterLayout
  private let tensors: [CheckpointTensor]
  private let keep: Int
  private let report: @Sendable (String) -> Void
  private let queue = DispatchQueue(label: "checkpoint writer")
  private let state = Mutex(State())

  /// A writer into `store` that keeps the newest `keep` checkpoints; `report` gets lines for people.
  package init(
    store: CheckpointStore, layout: ParameterLayout, tensors: [CheckpointTensor], keep: Int,
    report: @escaping @Sendable (String) -> Void
  ) {
    self.store = store
    self.layout = layout
    self.tensors = tensors
    self.keep = keep
    self.report = report
  }

  /// Parts that were handed over and are not on disk yet.
  package var queuedParts: Int { state.withLock { $0.queuedParts } }

  /// The longest that a checkpoint took the disk, without waits for its parts; 0 before the first.
  package var longestSaveSeconds: Double { state.withLock { $0.longestSeconds } }

  /// Begins a checkpoint with the weights, which stay untouched until it is committed.
  package func begin(step: Int, weights: FloatBuffer) {
    enqueue { [self] in
      let draft = try store.begin(step: step)
      state.withLock {
        $0.draft = draft
        $0.files = [:]
        $0.seconds = 0
      }
      let model = try open(
        CheckpointTensor.weightsFile, in: draft,
        layout.parameters.map { (name: $0.name, shape: $0.shape) })
      for file in Set(tensors.map(\.file)).sorted() {
        let contents = tensors.filter { $0.file == file }.flatMap { tensor in
          tensor.parameters(of: layout).map { (name: tensor.tensor($0.name), shape: $0.shape) }
        }
        _ = try open(file, in: draft, contents)
      }
      for parameter in layout.parameters {
        try weights.withSpan(parameter.range) { try model.write($0, tensor: parameter.name) }
      }
      try writeFrozenAverage(weights)
    }
  }

  /// Writes elements of the flat buffer that lie in `values` at the given places.
  package func write(
    _ tensor: CheckpointTensor, _ ranges: [(flat: Range<Int>, start: Int)], of values: FloatBuffer
  ) {
    state.withLock { $0.queuedParts += 1 }
    enqueue { [self] in
      defer { state.withLock { $0.queuedParts -= 1 } }
      guard let file = state.withLock({ $0.files[tensor.file] }) else {
        preconditionFailure("\(tensor.file) is written before it was opened")
      }
      for (flat, start) in ranges {
        for parameter in layout.parameters where parameter.range.overlaps(flat) {
          let common = parameter.range.clamped(to: flat)
          let first = start + common.lowerBound - flat.lowerBound
          try values.withSpan(first..<first + common.count) {
            try file.write(
              $0, tensor: tensor.tensor(parameter.name),
              at: common.lowerBound - parameter.range.lowerBound)
          }
        }
      }
    }
  }

  /// Writes what is not averaged because it never changes: it is its own average.
  private func writeFrozenAverage(_ weights: FloatBuffer) throws {
    let file = state.withLock { $0.files[CheckpointTensor.average.file] }
    guard let file, tensors.contains(.average) else { return }
    for parameter in layout.frozen {
      try weights.withSpan(parameter.range) {
        try file.write($0, tensor: CheckpointTensor.average.tensor(parameter.name))
      }
    }
  }

  /// Makes the checkpoint valid, marks it if it is the best, and removes old ones.
  func commit(
    _ described: CheckpointState, weights: FloatBuffer,
    finished: @escaping @Sendable (Outcome) -> Void
  ) {
    enqueue { [self] in
      var checkpointState = described
      checkpointState.weightsSHA256 = layout.digest(of: weights)
      guard let draft = state.withLock({ $0.draft }) else {
        preconditionFailure("a checkpoint is committed before it was begun")
      }
      let checkpoint = try draft.commit(checkpointState, reporting: report)
      state.withLock {
        $0.draft = nil
        $0.outcome = .saved(checkpoint)
      }
      tidy(after: checkpointState)
    }
    queue.async { [self] in
      let outcome = state.withLock { state in
        if let failure = state.failure { state.outcome = .failed("\(failure)") }
        state.longestSeconds = max(state.longestSeconds, state.seconds)
        state.failure = nil
        state.draft = nil
        state.files = [:]
        return state.outcome
      }
      finished(outcome)
    }
  }

  /// Waits until nothing is left to write; returns how the last checkpoint ended.
  package func wait() -> Outcome {
    queue.sync {}
    return state.withLock { $0.outcome }
  }

  /// The step of the newest checkpoint; its tensors are not read.
  package var newestStandingStep: Int? {
    // A folder that cannot be read counts as one that is not there.
    let steps = (try? store.steps()) ?? []
    return steps.first { (try? Checkpoint.glance(at: store.path(of: $0))) != nil }
  }

  /// Links the best and removes old checkpoints.
  ///
  /// The new one is safe even if this fails.
  private func tidy(after checkpointState: CheckpointState) {
    store.linkBest(checkpointState, reporting: report)
    do {
      try store.prune(keep: keep, reporting: report)
    } catch {
      report("old checkpoints could not be removed: \(error)")
    }
  }

  /// Queues `work`; after a failure the rest of that checkpoint is not tried.
  private func enqueue(_ work: @escaping @Sendable () throws -> Void) {
    queue.async { [self] in
      if state.withLock({ $0.failure != nil }) {
        state.withLock { $0.queuedParts = 0 }
        return
      }
      let started = ContinuousClock.now
      defer { state.withLock { $0.seconds += started.duration(to: .now).seconds } }
      do {
        try work()
      } catch {
        // An open file would keep its space on the disk.
        let draft = state.withLock { state in
          state.failure = error
          state.files = [:]
          return state.draft
        }
        do {
          try draft?.discard()
        } catch {
          report("\(error)")
        }
      }
    }
  }

  private func open(
    _ file: String, in draft: CheckpointDraft, _ tensors: [(name: String, shape: [Int])]
  ) throws -> SafeTensorsWriter {
    let writer = try draft.writer(file, tensors: tensors, metadata: ["format": "pt"])
    state.withLock { $0.files[file] = writer }
    return writer
  }
}

extension ParameterLayout {
  /// The SHA-256 of the little-endian bytes of all parameters in state-dict order, in hexadecimal.
  ///
  /// Padding between tensors is not hashed, so the digest is one of the weights alone.
  package func digest(of values: FloatBuffer) -> String {
    var digest = SHA256()
    for parameter in parameters {
      values.withSpan(parameter.range) { digest.update($0) }
    }
    return digest.hexadecimal
  }
}

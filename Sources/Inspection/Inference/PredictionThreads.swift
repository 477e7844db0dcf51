import Batches
import Configuration
import Kernels
import Model
import Synchronization
import Threading
import Train

/// The threads that ask a model: each takes a part of the samples, and those without one help the others to multiply.
struct PredictionThreads {
  /// The largest number of samples that one thread takes alone.
  struct Part: Sendable {
    let content: Batch.Content
    let count: Int
  }

  private let trained: TrainedModel
  private let threads: Int
  private let arenas = ArenaShelf()
  private let helpers: [ProductHelper]
  private let operands: Operands

  /// Threads for a model and its weights.
  ///
  /// - Parameters:
  ///   - trained: the model.
  ///   - threads: at least one; nil for as many as there are processors for this process.
  /// - Throws: `BLASError`, `ThreadError` if the system grants no thread, or ``CommandError`` if it does not tell what
  ///   a container may use.
  init(_ trained: TrainedModel, threads: Int?) throws {
    let threads = try threads ?? Predictor.defaultThreads()
    precondition(threads > 0, "\(threads) threads")
    self.trained = trained
    self.threads = threads
    let products = trained.model.products
    try products.prepare(workers: threads)
    operands = trained.model.makeOperands()
    operands.update(from: trained.weights, 0..<trained.weights.count)
    helpers = try products.helpers(for: threads)
  }

  /// The most samples that are computed at once: a micro-batch a thread.
  var batchSize: Int { trained.configuration.train.microBatchSize * threads }

  /// The parts of `count` samples, at most ``batchSize`` each; a thread takes one at a time.
  func parts(of count: Int) -> [Range<Int>] {
    let parts = min(threads, count)
    return (0..<parts).map { (count * $0 / parts)..<(count * ($0 + 1) / parts) }
  }

  /// The logits of all samples of `parts`, one after the other.
  ///
  /// - Throws: `ThreadError` if the system grants no thread.
  func logits(_ parts: [Part]) throws -> [Float] {
    let logits = Mutex<[[Float]]>(Array(repeating: [], count: parts.count))
    let train = trained.configuration.train
    let arenas = arenas.first(parts.count) {
      trained.model.makeArena(
        microBatchSize: train.microBatchSize, subBatchSize: train.subBatchSize)
    }
    helpers.prefix(threads - parts.count).share(among: arenas)
    try concurrently(parts.count) { [trained, operands] thread in
      let part = parts[thread]
      let scores = trained.model.logits(
        part.content, count: part.count, weights: trained.weights, operands: operands,
        arena: arenas[thread])
      logits.withLock { $0[thread] = scores }
    }
    return logits.withLock { $0.flatMap { $0 } }
  }

  /// Asks about sequences, each of as many tokens as the model takes.
  ///
  /// - Parameter sequences: any number.
  /// - Throws: `ThreadError` if the system grants no thread.
  /// - Returns: the logits of all of them, one after the other.
  func logits(ofSequences sequences: [[Int32]]) throws -> [Float] {
    var all: [Float] = []
    for first in stride(from: 0, to: sequences.count, by: batchSize) {
      let batch = sequences[first..<min(first + batchSize, sequences.count)]
      all += try logits(
        parts(of: batch.count).map { range in
          let part = batch[(first + range.lowerBound)..<(first + range.upperBound)]
          return Part(
            content: .text(tokens: part.flatMap { $0 }, positions: []), count: part.count)
        })
    }
    return all
  }
}

extension ProductLibrary {
  /// The helpers of one thread that multiplies with `threads` threads; none if products cannot be shared.
  ///
  /// - Throws: `ThreadError` if the system grants no thread.
  func helpers(for threads: Int) throws -> [ProductHelper] {
    canShareProducts ? try (1..<threads).map { _ in try ProductHelper() } : []
  }
}

/// The arenas of threads that have had samples; the others need none.
private final class ArenaShelf: Sendable {
  private let arenas = Mutex<[Arena]>([])

  /// `count` arenas, those made before first.
  func first(_ count: Int, make: () -> Arena) -> [Arena] {
    arenas.withLock { arenas in
      while arenas.count < count { arenas.append(make()) }
      return Array(arenas.prefix(count))
    }
  }
}

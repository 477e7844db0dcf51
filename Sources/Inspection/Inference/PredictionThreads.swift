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
  private struct Part: Sendable {
    let content: Batch.Content
    let count: Int
  }

  /// How many threads there are.
  let count: Int

  private let trained: TrainedModel
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
    count = threads
    let products = trained.model.products
    try products.prepare(workers: threads)
    operands = trained.model.makeOperands()
    operands.update(from: trained.weights, 0..<trained.weights.count)
    helpers = try products.helpers(for: threads)
  }

  /// The most samples that are computed at once: a micro-batch a thread.
  var batchSize: Int { trained.configuration.train.microBatchSize * count }

  /// The parts of `samples` samples, at most ``batchSize``; a thread takes one.
  private func parts(of samples: Int) -> [Range<Int>] {
    let parts = min(count, samples)
    return (0..<parts).map { (samples * $0 / parts)..<(samples * ($0 + 1) / parts) }
  }

  /// The logits of all samples of `parts`, one after the other.
  ///
  /// - Throws: `ThreadError` if the system grants no thread.
  private func logits(_ parts: [Part]) throws -> [Float] {
    let logits = Mutex<[[Float]]>(Array(repeating: [], count: parts.count))
    let train = trained.configuration.train
    let arenas = arenas.first(parts.count) {
      trained.model.makeArena(
        microBatchSize: train.microBatchSize, subBatchSize: train.subBatchSize)
    }
    helpers.prefix(count - parts.count).share(among: arenas)
    try concurrently(parts.count) { [trained, operands] thread in
      let part = parts[thread]
      let scores = trained.model.logits(
        part.content, count: part.count, weights: trained.weights, operands: operands,
        arena: arenas[thread])
      logits.withLock { $0[thread] = scores }
    }
    return logits.withLock { $0.flatMap { $0 } }
  }

  /// Asks about images, each of (channels, rows, columns) values.
  ///
  /// - Parameter images: any number.
  /// - Throws: `ThreadError` if the system grants no thread.
  /// - Returns: the logits of all of them, one after the other.
  func logits(ofImages images: [[Float]]) throws -> [Float] {
    try logits(of: images) { .images($0) }
  }

  /// Asks about sequences, each of as many tokens as the model takes.
  ///
  /// - Parameter sequences: any number.
  /// - Throws: `ThreadError` if the system grants no thread.
  /// - Returns: the logits of all of them, one after the other.
  func logits(ofSequences sequences: [[Int32]]) throws -> [Float] {
    try logits(of: sequences) { .text(tokens: $0, positions: []) }
  }

  private func logits<Value>(
    of samples: [[Value]], _ content: ([Value]) -> Batch.Content
  ) throws -> [Float] {
    var all: [Float] = []
    for first in stride(from: 0, to: samples.count, by: batchSize) {
      let batch = samples[first..<min(first + batchSize, samples.count)]
      all += try logits(
        parts(of: batch.count).map { range in
          let part = batch[(first + range.lowerBound)..<(first + range.upperBound)]
          return Part(content: content(part.flatMap { $0 }), count: part.count)
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

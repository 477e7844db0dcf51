import Foundation
import Kernels
import RunSupport
import Testing

/// Whole training runs against curves that are kept: an unintended change of a number fails here.
///
/// `GMLP_TRAIN_WRITE_DOCS=1 swift test --skip-build --filter LossCurveTests` rewrites the curves; CONTRIBUTING.md
/// says what goes with that.
@Suite("Loss curves", .tags(.slow), .serialized, .timeLimit(.minutes(60)))
struct LossCurveTests {
  /// The runs; a step predicts 64 digits or 160 tokens.
  ///
  /// If no prediction differed, one may: the accuracy has a quarter of one written.
  static let runs = [
    CurveRun(
      name: "digits", precision: "fp32",
      measured: (
        .init(loss: 4e-10, gradientNorm: 4e-8, accuracy: 1 / 256),
        .init(loss: 1.7e-7, gradientNorm: 3e-6, accuracy: 1 / 256)
      )),
    CurveRun(
      name: "digits", precision: "bf16",
      measured: (
        .init(loss: 7e-7, gradientNorm: 1.2e-4, accuracy: 1 / 256),
        .init(loss: 1.8e-3, gradientNorm: 0.03, accuracy: 2 / 64)
      )),
    CurveRun(
      name: "mlm", precision: "fp32",
      measured: (
        .init(loss: 1.1e-8, gradientNorm: 1.1e-6, accuracy: 1 / 640),
        .init(loss: 4e-8, gradientNorm: 4e-6, accuracy: 1 / 640)
      )),
    CurveRun(
      name: "mlm", precision: "bf16",
      measured: (
        .init(loss: 1.9e-5, gradientNorm: 5.3e-4, accuracy: 1 / 640),
        .init(loss: 4.3e-4, gradientNorm: 0.013, accuracy: 2 / 160)
      )),
    CurveRun(
      name: "transformer", precision: "fp32",
      measured: (
        .init(loss: 3.1e-9, gradientNorm: 2.9e-8, accuracy: 1 / 640),
        .init(loss: 1.2e-8, gradientNorm: 1.2e-6, accuracy: 1 / 640)
      )),
    CurveRun(
      name: "transformer", precision: "bf16",
      measured: (
        .init(loss: 1.7e-5, gradientNorm: 1.9e-4, accuracy: 1 / 640),
        .init(loss: 1.6e-4, gradientNorm: 0.01, accuracy: 1 / 160)
      )),
  ]

  @Test("Portable products give the kept curve, bit for bit, on every processor", arguments: runs)
  func portable(run: CurveRun) async throws {
    let curve = try await run.train(products: "portable")
    if ProcessInfo.processInfo.environment["GMLP_TRAIN_WRITE_DOCS"] != nil {
      try curve.write(to: run.file)
    }
    let kept = try LossCurve(file: run.file)
    #expect(curve.difference(from: kept) == nil)
    #expect(curve.digest == kept.digest)
    let (first, last) = (kept.points.prefix(5), kept.points.suffix(5))
    #expect(last.reduce(0) { $0 + $1.loss } < 0.9 * first.reduce(0) { $0 + $1.loss })
  }

  /// What can be computed with the libraries of this build on this processor.
  static let libraryRuns = ProductLibrary.available.filter(\.dependsOnMachine).flatMap { library in
    runs.filter { $0.precision == "fp32" || library.multiplies(BFloat16.self) }
      .map { ($0, library) }
  }

  @Test("The products of libraries stay near the kept curve", arguments: libraryRuns)
  func library(run: CurveRun, library: ProductLibrary) async throws {
    let curve = try await run.train(products: library.rawValue)
    let kept = try LossCurve(file: run.file)
    #expect(curve.difference(from: kept, tolerance: run.tolerance(ofStep:)) == nil)
  }
}

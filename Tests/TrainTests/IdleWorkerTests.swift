import TestSupport
import Testing

/// Workers for which a step has no micro-batch.
@Suite("Idle workers", .tags(.mpi, .slow), .timeLimit(.minutes(60)))
struct IdleWorkerTests {
  @Test(
    "They help to multiply, and the bits stay", arguments: ["fp32", "bf16"])
  func bits(precision: String) async throws {
    let runs = try DigitsRuns()
    // One micro-batch of 104 samples a step, wide enough for its products to be shared.
    let settings = [
      "--set", "train.micro_batch_size=104", "--set", "train.products=portable", "--set",
      "train.precision=\(precision)", "--set", "model.d_model=64", "--set", "model.d_ffn=128",
    ]
    #expect(try await runs.train("alone", settings).exitCode == 0)
    let expected = try runs.finished("alone").files
    for (ranks, threads) in [(nil, 2), (nil, 5), (2, 3)] as [(Int?, Int)] {
      let name = "\(ranks ?? 1)-\(threads)"
      let run = try await runs.train(name, ranks: ranks, settings + ["--threads", "\(threads)"])
      #expect(run.exitCode == 0, "\(run)")
      #expect(try runs.finished(name).files == expected, "\(name)")
    }
  }
}

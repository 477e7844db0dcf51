import Foundation
import Model
import RunSupport
import TestSupport
import Testing

/// ``ExactnessTests`` exchange in shared memory, as ranks on one host do; here they send messages.
///
/// Gradients travel while the last micro-batches go backward, weights while the first ones of the next
/// step go forward.
@Suite("Exchange by messages", .tags(.mpi, .slow), .serialized)
struct MessageExchangeTests {
  private static let messages = ["train.shared_memory=false", "train.bucket_mb=0.1"]

  @Test(
    "Ranks that send messages end with the bits of one process, however samples are interleaved",
    arguments: ExactnessTests.precisions)
  func messages(precision: Precision) async throws {
    let folder = try TemporaryFolder()
    let configuration = try ExactnessTests.writeConfiguration(folder)
    let wanted = ["train.precision=\(precision)"]
    let reference = try await ExactnessTests.reference(wanted)
    for (ranks, threads, interleaved) in [
      (2, 1, 0), (2, 2, 3), (3, 2, 0), (4, 1, 100), (5, 1, 2), (8, 2, 0),
    ] {
      let other = try await ExactnessTests.train(
        configuration, in: folder, ranks: ranks, threads: threads,
        wanted + Self.messages + ["train.interleaved_samples=\(interleaved)"])
      #expect(
        other.run == reference.run, "\(ranks) ranks × \(threads) threads, \(interleaved) in turn")
    }
  }

  @Test("Interleaved samples change no bit in one process, nor in shared memory")
  func interleaved() async throws {
    let folder = try TemporaryFolder()
    let configuration = try ExactnessTests.writeConfiguration(folder)
    let wanted = ["train.precision=fp32"]
    let reference = try await ExactnessTests.reference(wanted)
    for (ranks, threads, interleaved) in [(1, 1, 4), (1, 2, 100), (3, 1, 2), (2, 2, 3)] {
      let other = try await ExactnessTests.train(
        configuration, in: folder, ranks: ranks, threads: threads,
        wanted + ["train.interleaved_samples=\(interleaved)"])
      #expect(
        other.run == reference.run, "\(ranks) ranks × \(threads) threads, \(interleaved) in turn")
    }
  }

  @Test("Gradients that travel in bf16 give other bits, the same ones each time, and say so")
  func wire() async throws {
    let folder = try TemporaryFolder()
    let configuration = try ExactnessTests.writeConfiguration(folder)
    let rounded = ["train.precision=fp32", "train.wire_precision=bf16"]
    var digests: [String: [String?]] = [:]
    for (ranks, exchange) in [(1, []), (2, []), (2, Self.messages), (2, Self.messages)]
      + [(3, Self.messages)]
    {
      let run = try await ExactnessTests.train(
        configuration, in: folder, ranks: ranks, threads: 1, rounded + exchange)
      digests["\(ranks) \(exchange.count)", default: []].append(run.run.files["model.safetensors"])
    }
    let plain = try await ExactnessTests.reference(["train.precision=fp32"])
    // Nothing travels in one process, nor in shared memory.
    let exact = plain.run.files["model.safetensors"]
    #expect(digests["1 0"] == [exact] && digests["2 0"] == [exact])
    let two = try #require(digests["2 2"])
    #expect(two.count == 2 && Set(two).count == 1 && two.first != exact)
    let three = try #require(digests["3 2"])
    #expect(three.first != exact && three.first != two.first)
  }

  @Test("The start of a run says what bf16 on the wire does to the bits")
  func wireIsTold() async throws {
    let runs = try DigitsRuns()
    let rounded = ["--set", "train.wire_precision=bf16", "--stop-after", "1"]
    let shared = try await runs.train("shared", ranks: 2, rounded)
    #expect(
      shared.standardOutput.contains(
        "train.wire_precision = \"bf16\": no gradient travels here and none is rounded"))
    let sent = try await runs.train(
      "sent", ranks: 2, rounded + ["--set", "train.shared_memory=false"])
    #expect(
      sent.standardOutput.contains(
        "train.wire_precision = \"bf16\": the bits depend on the number of ranks"))
    let exact = try await runs.train("exact", ranks: 2, ["--stop-after", "1"])
    #expect(!exact.standardOutput.contains("wire_precision"))
  }

  @Test("Stopped and killed while messages are in progress, a run ends with the same bits")
  func stopsAndKills() async throws {
    let runs = try DigitsRuns()
    let sent = ["train.shared_memory=false", "train.bucket_mb=0.02"].flatMap { ["--set", $0] }
    let reference = try await runs.reference()
    let disturbances = [(3, SIGUSR2), (2, SIGKILL), (5, SIGUSR2), (4, SIGKILL), (2, SIGUSR2)]
    for (number, (ranks, signal)) in disturbances.enumerated() {
      let run = try runs.startStopping(
        inStep: 5 + 7 * number, rank: number % ranks, "disturbed", ranks: ranks, sent)
      let stopped = try await run.stoppedProcess()
      kill(stopped, signal)
      run.resume(stopped)
      let ended = try await run.finish()
      let wanted = signal == SIGKILL ? 128 + SIGKILL : 75
      #expect(ended.exitCode == wanted, "signal \(signal): \(ended.standardError)")
    }
    let last = try await runs.train("disturbed", ranks: 3, sent)
    #expect(last.exitCode == 0, "\(last.standardError)")
    #expect(last.standardOutput.contains("resumed after step"))
    #expect(try runs.finished("disturbed") == reference)
  }
}

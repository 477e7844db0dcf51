import Foundation
import Kernels
import RunSupport
import TestSupport
import Testing

@Suite("benchmark", .timeLimit(.minutes(60)))
struct BenchmarkTests {
  @Test("It measures in one process and under mpirun and leaves nothing", arguments: [1, 2])
  func measures(ranks: Int) async throws {
    let folder = try TemporaryFolder()
    try folder.write(TrainedDigits.configuration, to: "digits.toml")
    let run = try await command(
      "benchmark", "--config", "digits.toml", "--steps", "3", "--warmup-steps", "1", "--json",
      ranks: ranks == 1 ? nil : ranks, in: folder.path)
    #expect(run.exitCode == 0, "\(run.standardError)")
    let object = try run.object()
    func number(_ key: String) throws -> Double { try #require(object[key] as? Double, "\(key)") }
    let rate = try number("samples_per_second")
    let peak = try number("gemm_peak_gflops")
    #expect(abs(rate * (try number("step_seconds")) / (try number("batch")) - 1) < 1e-9)
    let share = 2 * (try number("training_multiply_adds")) * rate / (Double(ranks) * peak * 1e9)
    #expect(abs(share / (try number("gemm_share")) - 1) < 1e-9)
    let peaks = try #require(object["gemm_peaks"] as? [[String: Any]])
    let own = try peaks.filter { $0["precision"] as? String == "fp32" }.map {
      try #require($0["gflops"] as? Double)
    }
    #expect(own.max() == peak)
    // The products of two linear layers and of the gate, three each, by every library.
    for peak in peaks {
      let rates = try #require(peak["rates"] as? [[String: Any]])
      let gigaflops = try rates.map { try #require($0["gflops"] as? Double) }
      #expect(rates.count == 9 && gigaflops.allSatisfy { $0 > 0 }, "\(peak)")
      #expect(gigaflops.max() == peak["gflops"] as? Double)
    }
    let precisions = peaks.compactMap { $0["precision"] as? String }
    #expect(precisions.contains("bf16") == BFloat16.isFast, "\(precisions)")
    // What any core of these years reaches, in an emulator too.
    #expect((0.1...10_000).contains(peak))
    #expect(try number("gemm_share") < 1)
    #expect((10e6...1e9).contains(try number("peak_memory_bytes")))
    #expect(object["data"] as? String == "configured")
    #expect(object["ranks"] as? Int == ranks)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["digits.toml"])
  }

  @Test("Random images replace missing data; a preset gets one micro-batch per worker")
  func synthetic() async throws {
    let folder = try TemporaryFolder()
    let small = ["--set", "model.num_layers=1", "--set", "train.micro_batch_size=2"]
    let arguments = ["benchmark", "--steps", "1", "--warmup-steps", "0", "--json"] + small
    let preset = try await MPIRun(
      executable: "gmlp-train",
      arguments: arguments + ["--preset", "gmlp-ti16", "--threads", "2"], ranks: nil,
      directory: folder.path
    ).object()
    #expect(preset["data"] as? String == "synthetic" && preset["batch"] as? Int == 4)
    let missing = try await MPIRun(
      executable: "gmlp-train",
      arguments: arguments + ["--batch", "8", "--set", "data.train=[\"absent\", \"absent\"]"],
      ranks: nil, directory: folder.path
    ).object()
    #expect(missing["data"] as? String == "synthetic" && missing["batch"] as? Int == 8)
  }

  @Test(
    "The exchange is measured beside MPI_Allreduce", arguments: [1, 2, 3],
    ["shared memory", "messages"])
  func reduction(ranks: Int, method: String) async throws {
    let shared = "train.shared_memory=\(method == "shared memory")"
    let object = try await command(
      "benchmark", "--reduction", "--steps", "2", "--largest", "2", "--set", shared, "--json",
      ranks: ranks
    ).object()
    let rows = try #require(object["rows"] as? [[String: Any]])
    #expect(rows.compactMap { $0["bytes"] as? Int } == [65_536, 262_144, 1_048_576])
    for row in rows {
      let names = ["seconds", "allreduce_seconds", "allreduce_in_place_seconds"]
      let seconds = try names.map { try #require(row[$0] as? Double) }
      #expect(seconds.allSatisfy { $0 > 0 })
      let ratio = try #require(row["ratio"] as? Double)
      #expect(abs(ratio * min(seconds[1], seconds[2]) / seconds[0] - 1) < 1e-9)
    }
    #expect(object["ranks"] as? Int == ranks)
    #expect(object["method"] as? String == (ranks > 1 ? method : "messages"))
    let text = try await command(
      "benchmark", "--reduction", "--steps", "1", "--largest", "1", "--set", shared, ranks: ranks)
    #expect(text.standardOutput.contains("      262,144"), "\(text)")
  }

  @Test("Wrong arguments get one line")
  func wrongArguments() async throws {
    let preset = try await command("benchmark", "--preset", "gmlp-x16")
    #expect(preset.failed(64, "gmlp-x16", "the nearest known one is gmlp-s16"), "\(preset)")
    let steps = try await command("benchmark", "--steps", "0")
    #expect(steps.failed(64, "--steps 0"), "\(steps)")
    let largest = try await command("benchmark", "--reduction", "--largest", "0")
    #expect(largest.failed(64, "--largest 0"), "\(largest)")
    let batch = try await command(
      "benchmark", "--batch", "17", "--set", "train.micro_batch_size=3")
    #expect(batch.failed(64, "train.global_batch_size = 17"), "\(batch)")
  }
}

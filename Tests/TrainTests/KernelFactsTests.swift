import Testing

@testable import Train

@Suite("Kernels for the processor")
struct KernelFactsTests {
  private static func findings(
    _ core: String, _ version: String = "0.3.21", asked: String? = nil,
    processor: KernelFacts.Level = .avx512, bf16: KernelFacts.BFloat16Speed = .faster,
    wantsBFloat16: Bool = false
  ) throws -> [Finding] {
    var ranks = DoctorCheckTests.ranks([("a", [0])])
    ranks[0].kernels = KernelFacts(
      core: core, version: version, askedCore: asked, processor: processor, bf16: bf16)
    var examination = Examination(ranks: ranks, needs: nil, storage: nil)
    examination.wantsBFloat16 = wantsBFloat16
    return KernelsCheck().findings(examination)
  }

  @Test("Kernels below the processor are told, with the cure that the version knows")
  func slow() throws {
    let prescott = try #require(try Self.findings("Prescott").first)
    #expect(prescott.verdict == .warn && prescott.finding.contains("for Prescott (SSE)"))
    #expect(prescott.finding.contains("the processor has AVX-512: a third of its speed or less"))
    #expect(prescott.cure?.hasPrefix("export OPENBLAS_CORETYPE=auto; ") == true)
    let haswell = try #require(try Self.findings("Haswell").first)
    #expect(haswell.finding.hasSuffix("the processor has AVX-512: about half of its speed"))
    // Where the name of a core chooses, auto is no cure.
    for (version, asked) in [("0.3.18", nil), ("0.3.21", "auto")] {
      let old = try #require(try Self.findings("Prescott", version, asked: asked).first)
      #expect(old.cure?.hasSuffix("install OpenBLAS 0.3.25 or newer") == true, "\(old)")
    }
    // The cure itself is nothing to be warned of.
    #expect(try Self.findings("Cooperlake", asked: "auto").map(\.verdict) == [.ok])
    #expect(try Self.findings("Haswell", processor: .avx2).map(\.verdict) == [.ok])
    #expect(try Self.findings("NeoverseV1").map(\.verdict) == [.ok])
    #expect(KernelsCheck.tellsWarningsAtStart)
  }

  @Test("bf16 is told where it is slower, or not there, and only to those who ask for it")
  func half() throws {
    #expect(try Self.findings("Cooperlake", bf16: .slower).count == 1)
    let slower = try Self.findings("Cooperlake", bf16: .slower, wantsBFloat16: true)
    #expect(slower.map(\.verdict) == [.ok, .warn])
    #expect(slower[1].finding.contains("is slower than fp32"))
    #expect(slower[1].cure?.hasPrefix("--set train.precision=fp32") == true)
    let none = try Self.findings("Haswell", processor: .avx2, bf16: .none, wantsBFloat16: true)
    #expect(none.last?.finding.contains("is computed in fp32") == true)
    #expect(try Self.findings("Zen", processor: .avx2, wantsBFloat16: true).last?.verdict == .ok)
  }

  @Test("The speed of bf16 is a table")
  func table() {
    typealias Speed = KernelFacts.BFloat16Speed
    func speed(_ instructions: Bool, tiles: Bool, amd: Bool) -> Speed {
      KernelFacts.speed(hasInstructions: instructions, hasTiles: tiles, isAMD: amd)
    }
    #expect(speed(false, tiles: false, amd: true) == .none)
    #expect(speed(true, tiles: false, amd: true) == .faster)
    #expect(speed(true, tiles: true, amd: false) == .faster)
    #expect(speed(true, tiles: false, amd: false) == .slower)
  }

  @Test("The version is read from the library's own words")
  func version() throws {
    #expect(KernelFacts.version(in: "OpenBLAS 0.3.21 DYNAMIC_ARCH NO_AFFINITY") == "0.3.21")
    #expect(KernelFacts.version(in: "OpenBLAS 0.3.25.dev USE64") == "0.3.25.dev")
    #expect(KernelFacts.version(in: "") == "unknown")
    let here = try KernelFacts()
    #expect(here.core != "unknown" && here.version.first?.isNumber == true)
  }
}

import Kernels
import Testing

@testable import Configuration
@testable import Doctor
@testable import Hardware
@testable import Train

@Suite("Kernels for the processor")
struct KernelFactsTests {
  private static func findings(
    _ core: String, _ version: String = "0.3.21", isDynamic: Bool = true, asked: String? = nil,
    restart: KernelChoice.Outcome = .none, processor: LibraryKernels.Level = .avx512,
    bf16: BFloat16Speed = .faster, products: ProductLibrary? = nil
  ) throws -> [Finding] {
    var ranks = DoctorCheckTests.ranks([("a", [0])])
    ranks[0].kernels = KernelFacts(
      library: LibraryKernels(
        core: core, version: version, isDynamic: isDynamic, processor: processor),
      askedCore: asked, restart: restart, bf16: bf16)
    var examination = Examination(ranks: ranks, needs: nil, storage: nil)
    examination.bfloat16Products = products
    return KernelsCheck().findings(examination)
  }

  @Test("Kernels below the processor's level are reported, with the fix for the version")
  func slow() throws {
    let prescott = try #require(try Self.findings("Prescott").first)
    #expect(prescott.verdict == .warn && prescott.finding.contains("for Prescott (SSE)"))
    #expect(prescott.finding.contains("the processor has AVX-512: a third of its speed or less"))
    #expect(prescott.cure == "export OPENBLAS_CORETYPE=auto")
    let haswell = try #require(try Self.findings("Haswell").first)
    #expect(haswell.finding.hasSuffix("the processor has AVX-512: about half of its speed"))
    let update = "install OpenBLAS 0.3.25 or newer"
    #expect(try Self.findings("Prescott", "0.3.18").first?.cure == update)
    #expect(try Self.findings("Prescott", restart: .done).first?.cure == update)
    let fixed = try #require(try Self.findings("Prescott", isDynamic: false).first)
    #expect(fixed.cure?.contains("DYNAMIC_ARCH") == true)
    for asked in ["Prescott", "auto"] {
      let unset = try #require(try Self.findings("Prescott", asked: asked).first)
      #expect(unset.cure == "unset OPENBLAS_CORETYPE (it is '\(asked)'), or \(update)")
    }
    let refused = try #require(try Self.findings("Prescott", restart: .refused("no room")).first)
    #expect(refused.cure?.hasSuffix("could not do so itself: no room") == true)
    // The cure itself is nothing to be warned of.
    #expect(try Self.findings("Cooperlake", asked: "auto").map(\.verdict) == [.ok])
    #expect(try Self.findings("Haswell", processor: .avx2).map(\.verdict) == [.ok])
    #expect(try Self.findings("NeoverseV1").map(\.verdict) == [.ok])
    #expect(KernelsCheck.tellsWarningsAtStart)
  }

  @Test("bf16 is reported if it is slow or missing, and only if it is requested")
  func half() throws {
    #expect(try Self.findings("Cooperlake", bf16: .slower).count == 1)
    let slower = try Self.findings("Cooperlake", bf16: .slower, products: .onednn)
    #expect(slower.map(\.verdict) == [.ok, .warn])
    #expect(slower[1].finding.contains("is slower than fp32: without AMX"))
    #expect(slower[1].cure?.hasPrefix("--set train.precision=auto") == true)
    let none = try Self.findings("Haswell", processor: .avx2, bf16: .none, products: .onednn)
    #expect(none.last?.finding.contains("is computed in fp32") == true)
    #expect(try Self.findings("Zen", processor: .avx2, products: .onednn).last?.verdict == .ok)
    // Other libraries widen it, whatever the processor can do.
    for products in [ProductLibrary.portable, .openblas] {
      for speed in [BFloat16Speed.none, .slower, .faster] {
        let widened = try Self.findings("Cooperlake", bf16: speed, products: products)
        #expect(widened.map(\.verdict) == [.ok, .warn])
        #expect(
          widened[1].finding
            == "train.precision = \"bf16\" is slower than fp32: with train.products = "
            + "\"\(products.rawValue)\" bf16 is widened to fp32 before it is multiplied")
      }
    }
  }

  @Test("The speed of bf16 is a table")
  func table() {
    func speed(_ instructions: Bool, tiles: Bool, amd: Bool) -> BFloat16Speed {
      BFloat16Speed(hasInstructions: instructions, hasTiles: tiles, isAMD: amd)
    }
    #expect(speed(false, tiles: false, amd: true) == .none)
    #expect(speed(true, tiles: false, amd: true) == .faster)
    #expect(speed(true, tiles: true, amd: false) == .faster)
    #expect(speed(true, tiles: false, amd: false) == .slower)
  }

  @Test(
    "The program restarts only if that improves the library's kernels")
  func restart() {
    func betters(
      _ core: String, _ version: String = "0.3.21", isDynamic: Bool = true,
      on processor: LibraryKernels.Level = .avx512
    ) -> Bool {
      LibraryKernels(core: core, version: version, isDynamic: isDynamic, processor: processor)
        .canBeBettered
    }
    #expect(betters("Prescott") && betters("Prescott", "0.3.20") && betters("Barcelona", "0.3.34"))
    #expect(
      betters("Haswell") && betters("Prescott", on: .avx2) && betters("Sandybridge", on: .avx2))
    #expect(!betters("Prescott", "0.3.19") && !betters("Prescott", "unknown"))
    #expect(!betters("Prescott", isDynamic: false))
    #expect(
      !betters("Haswell", on: .avx2) && !betters("Cooperlake") && !betters("Prescott", on: .sse))
    #expect(!betters("NeoverseV1") && !betters("unknown"))
  }

  @Test("The version is read from the library's own description")
  func version() {
    #expect(LibraryKernels.version(in: "OpenBLAS 0.3.21 DYNAMIC_ARCH NO_AFFINITY") == "0.3.21")
    #expect(LibraryKernels.version(in: "OpenBLAS 0.3.25.dev USE64") == "0.3.25.dev")
    #expect(LibraryKernels.version(in: "") == "unknown")
    let here = LibraryKernels()
    #expect(here.core != "unknown" && here.version.first?.isNumber == true)
  }
}

import Kernels
import Testing

@testable import Doctor
@testable import Hardware
@testable import Supervision

@Suite("Matrix products compared with the processor's peak")
struct ProductsCheckTests {
  private static func findings(_ rates: [ProductRates]) -> [Finding] {
    var examination = Examination(
      ranks: DoctorCheckTests.ranks(rates.map { _ in ("a", [0]) }), needs: nil, storage: nil)
    examination.measurements = rates.map { RankMeasurement(products: $0) }
    return ProductsCheck().findings(examination)
  }

  private static func rates(_ openBLAS: Double, _ oneDNN: Double) -> ProductRates {
    ProductRates(
      peak: 200,
      libraries: [
        .init(library: "OpenBLAS", gigaflops: openBLAS),
        .init(library: "oneDNN", gigaflops: oneDNN),
      ])
  }

  @Test("For each library 60 % is ok, less is a warning, and less than 30 % an error")
  func verdicts() throws {
    for (gigaflops, verdict) in [
      (160.0, Finding.Verdict.ok), (120, .ok), (118, .warn), (60, .warn), (58, .fail),
    ] {
      let findings = Self.findings([Self.rates(gigaflops, 150)])
      #expect(findings.map(\.verdict) == [verdict, .ok], "\(gigaflops)")
      #expect((findings[0].cure == nil) == (verdict == .ok))
    }
    let slow = try #require(Self.findings([Self.rates(21, 30)]).first)
    #expect(slow.finding == "OpenBLAS reaches 21 of 200 GFLOP/s of one core, 11 %")
    #expect(slow.cure?.hasSuffix("update OpenBLAS") == true)
  }

  @Test("Rates of an emulated processor have digits")
  func lowRates() {
    let rates = ProductRates(
      peak: 1.26, libraries: [.init(library: "portable", gigaflops: 0.0431)])
    #expect(
      Self.findings([rates]).map(\.finding) == [
        "portable reaches 0.043 of 1.3 GFLOP/s of one core, 3 %"
      ])
  }

  @Test("A core so busy that the time is over before the first round still gets numbers")
  func noTime() {
    let rates = ProductRates.measured([.portable], duration: .zero)
    #expect(rates.peak > 0 && rates.libraries.map(\.gigaflops).allSatisfy { $0 > 0 })
    #expect(Self.findings([rates]).count == 1)
  }

  @Test("On a busy processor a low rate is a warning only")
  func busy() {
    var examination = Examination(
      ranks: DoctorCheckTests.ranks([("a", [0]), ("a", [1])]), needs: nil, storage: nil)
    examination.measurements = (0..<2).map { _ in RankMeasurement(products: Self.rates(20, 150)) }
    examination.measurements[0].load = ProcessorLoad(busy: [0: 0.9, 1: 0.1], busiest: nil)
    let findings = ProductsCheck().findings(examination)
    #expect(findings.map(\.verdict) == [.warn, .fail, .ok])
  }

  @Test("Ranks with the same verdict are reported together, with the slowest rank's numbers")
  func ranks() {
    let findings = Self.findings([
      Self.rates(150, 150), Self.rates(140, 150), Self.rates(40, 150), Self.rates(20, 150),
    ])
    #expect(findings.map(\.verdict) == [.ok, .fail, .ok])
    #expect(findings[0].finding.contains("140 of 200") && findings[0].place.contains("0, 1"))
    #expect(findings[1].finding.contains("20 of 200") && findings[1].place.contains("2, 3"))
    #expect(findings[2].place == "all ranks")
  }

  @Test("Nothing is reported before anything is measured")
  func none() {
    var examination = Examination(
      ranks: DoctorCheckTests.ranks([("a", [0])]), needs: nil, storage: nil)
    #expect(ProductsCheck().findings(examination).isEmpty)
    examination.measurements = [RankMeasurement()]
    #expect(ProductsCheck().findings(examination).isEmpty)
  }

  @Test("A thread that had its processor for a part of the time only warns")
  func shared() {
    var rates = Self.rates(20, 150)
    for (share, verdict) in [
      (1.0, Finding.Verdict.fail), (0.95, .fail), (0.8, .warn), (0.1, .warn),
    ] {
      rates.processorShare = share
      #expect(Self.findings([rates]).map(\.verdict) == [verdict, .ok])
      #expect(rates.areDisturbed == (share < 0.9))
    }
  }

  @Test("A start reports warnings too, of every library but kernels that are reported already")
  func start() {
    #expect(ProductsCheck.tellsWarningsAtStart)
    let (poor, good) = (kernels("Prescott"), kernels("Cooperlake"))
    for library in ProductLibrary.allCases {
      #expect(StartWarnings.measures(library, good))
      #expect(StartWarnings.measures(library, poor) == (library != .openblas))
    }
  }

  private func kernels(_ core: String) -> LibraryKernels {
    LibraryKernels(core: core, version: "0.3.21", isDynamic: true, processor: .avx512)
  }

  @Test("Every library that multiplies floats is measured, and so is the processor")
  func measured() {
    let rates = ProductRates.measured()
    #expect(rates.peak > 0 && rates.peak.isFinite)
    #expect(rates.processorShare > 0 && rates.processorShare < 1.1)
    #expect(rates.libraries.contains { $0.library == "OpenBLAS" })
    #expect(rates.libraries.allSatisfy { $0.gigaflops > 0 && $0.gigaflops.isFinite })
  }
}

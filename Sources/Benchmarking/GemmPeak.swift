import Comm
import Configuration
import Hardware
import Kernels
import Model
import Train

/// The best rate of one thread's matrix products by one library, over the shapes that a model needs.
public struct GemmPeak: Sendable, Encodable {
  /// One shape.
  public struct Rate: Sendable, Encodable {
    /// Rows × columns × terms, `ᵀ` behind an operand that is stored transposed, `+=` where it adds.
    public let shape: String
    /// 10⁹ floating-point operations a second; a multiplication with addition counts as two.
    public let gflops: Double
  }

  /// `fp32` or `bf16`.
  public let precision: String
  /// What multiplied.
  public let library: String
  /// The best of ``rates``.
  public let gflops: Double
  /// The shape that reached it.
  public let shape: String
  /// The rate of every shape.
  public let rates: [Rate]

  /// Measures every library of this build in every precision that it multiplies here.
  ///
  /// Every rank calls it. Rank zero measures as the others wait: workers that measured at once would
  /// share caches.
  ///
  /// - Throws: `BLASError` if OpenBLAS has no memory, or what ends the communication.
  /// - Returns: the same on all ranks.
  static func measure(_ parts: TrainingParts) throws -> [GemmPeak] {
    let train = parts.configuration.train
    let products = parts.model.blockProducts(
      microBatchSize: train.microBatchSize, subBatchSize: train.subBatchSize)
    let isMeasuring = parts.communication.rank == 0
    try StartAgreement.agree(on: Result { try BLAS.prepare(workers: 1) }, parts.communication)
    var peaks: [GemmPeak] = []
    for library in ProductLibrary.available {
      for precision in Precision.allCases where library.multiplies(precision) {
        let own =
          isMeasuring
          ? products.map { GemmMeasurement(of: $0, precision, by: library).gigaflops } : []
        let rates = try parts.communication.perform { try $0.broadcast(own, from: 0) }
        peaks.append(GemmPeak(products, rates, precision, library))
      }
    }
    return peaks
  }

  private init(
    _ products: [MatrixProduct], _ rates: [Double], _ precision: Precision,
    _ library: ProductLibrary
  ) {
    self.precision = precision.rawValue
    self.library = library.rawValue
    self.rates = zip(products, rates).map { Rate(shape: $0.name, gflops: $1) }
    guard let best = self.rates.max(by: { $0.gflops < $1.gflops }) else {
      preconditionFailure("a peak over no products")
    }
    (gflops, shape) = (best.gflops, best.shape)
  }
}

extension ProductLibrary {
  fileprivate func multiplies(_ precision: Precision) -> Bool {
    switch precision {
    case .fp32: multiplies(Float.self)
    case .bf16: multiplies(BFloat16.self)
    }
  }
}

extension MatrixProduct {
  /// The shape as people and programs read it.
  fileprivate var name: String {
    let (left, right) = (leftIsTransposed ? "ᵀ" : "", rightIsTransposed ? "ᵀ" : "")
    return "\(adds ? "+= " : "")\(rows)\(left)×\(columns)\(right)×\(terms)"
  }
}

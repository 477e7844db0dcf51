/// A line of `metrics.jsonl`, as far as reports and comparisons read it; what it does not have is nil.
struct MetricsLine: Sendable, Decodable {
  let event: String
  let time: String?
  let step: Int?

  // Steps and evaluations.
  let epoch: Int?
  let loss: Double?
  let accuracy: Double?
  let accuracyTop5: Double?
  let perplexity: Double?
  let emaLoss: Double?
  let emaAccuracy: Double?
  let learningRate: Double?
  let gradNorm: Double?
  let samples: Int?
  let stepSeconds: Double?
  let samplesPerSecond: Double?
  let evaluationSeconds: Double?

  // Starts.
  let ranks: MetricsRanks?
  let threads: Int?
  let hosts: [String]?
  let build: String?
  let processor: String?
  let cpu: String?
  let blas: String?
  let products: String?
  let precision: String?
  let libc: String?
  let librarySettings: String?
  let pictureLibraries: String?
  let resumedFrom: Int?
  let configurationDigest: String?
  let datasetDigest: String?

  // What happened.
  let reason: String?
  let quantity: String?
  let repaired: Bool?
  let rank: Int?
  let speed: Double?
  let costSeconds: Double?
  let bytes: Int?
  let stallSeconds: Double?
  let weightsSha256: String?
  let borders: [Int]?
  let nodeSumsSha256: [String]?
}

/// The field `ranks`: the number of processes of a start, or the numbers of those that an event is about.
enum MetricsRanks: Sendable, Decodable {
  case count(Int)
  case numbers([Int])

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    do {
      self = .count(try container.decode(Int.self))
    } catch {
      self = .numbers(try container.decode([Int].self))
    }
  }

  /// The number of processes.
  var count: Int {
    switch self {
    case .count(let count): count
    case .numbers(let numbers): numbers.count
    }
  }
}

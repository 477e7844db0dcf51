public import Comm
public import Configuration
import Kernels
import Mathematics
import Reduction
import Threading
import Train

/// The speed of the exchange between ranks, measured in turn with `MPI_Allreduce`.
///
/// Ours begins with one sum of gradients in each rank and ends with new weights in every rank, which are
/// the sums themselves: no optimizer comes between.
public struct ReductionBenchmark: Sendable, Encodable {
  /// One size.
  public struct Row: Sendable, Encodable {
    /// The length of the gradient.
    public let bytes: Int
    /// The median time of our exchange.
    public let seconds: Double
    /// The median time of `MPI_Allreduce` from one buffer to another.
    public let allreduceSeconds: Double
    /// The median time of `MPI_Allreduce` in place.
    public let allreduceInPlaceSeconds: Double
    /// Our time as a multiple of the shorter of the other two.
    public let ratio: Double
  }

  /// Processes.
  public let ranks: Int
  /// How ours works here: `shared memory` or `messages`.
  public let method: String
  /// Number of measurements; each time is their median.
  public let rounds: Int
  /// Bytes a second that a rank sends to the next one while it receives as many from the one before,
  /// in large messages: what the network between them, or their memory, can carry; 0 for one rank.
  public let linkBytesPerSecond: Double
  /// The sizes, ascending.
  public let rows: [Row]

  /// Lengths in bytes: powers of four from 64 KiB on, gMLP-S/16, and half a gigabyte.
  private static let sizes =
    (0..<5).map { 65_536 << (2 * $0) } + [77_700_000, 268_435_456, 512_000_000]

  /// Measures every size up to `largestBytes`.
  ///
  /// Every rank calls it.
  ///
  /// - Parameters:
  ///   - configuration: says how large buckets are and whether memory may be shared.
  ///   - largestBytes: sizes above it are left out.
  ///   - rounds: at least 1.
  ///   - communication: the ranks.
  /// - Throws: ``CommandError`` if the ranks were started differently, or `MPIError`.
  public init(
    _ configuration: TrainingConfiguration, largestBytes: Int, rounds: Int,
    _ communication: CommunicationThread
  ) throws {
    let sizes = [
      StartInvariant(
        "--largest", "\(largestBytes)", advice: "start all ranks with the same --largest"),
      StartInvariant("--steps", "\(rounds)", advice: "start all ranks with the same --steps"),
    ]
    try StartAgreement.check(
      .success(StartInvariant.exchangeKeys(of: configuration) + sizes), communication)
    var method = "messages"
    var rows: [Row] = []
    for bytes in Self.sizes where bytes <= largestBytes {
      let exchange = try MeasuredExchange(
        count: bytes / MemoryLayout<Float>.stride, configuration, communication)
      if exchange.sharesMemory { method = "shared memory" }
      rows.append(try Self.measure(exchange, bytes: bytes, rounds: rounds, communication))
    }
    linkBytesPerSecond = try Self.measureLink(rounds: rounds, communication)
    ranks = communication.size
    self.method = method
    self.rounds = rounds
    self.rows = rows
  }

  /// The median rate of the slowest rank.
  private static func measureLink(
    rounds: Int, _ communication: CommunicationThread
  ) throws -> Double {
    guard communication.size > 1 else { return 0 }
    let (sent, received) = (FloatBuffer(count: linkElements), FloatBuffer(count: linkElements))
    let everything = 0..<linkElements
    // The first round warms up.
    let durations = try (0...rounds).map { _ in
      try communication.perform { communicator in
        try communicator.barrier()
        let started = ContinuousClock.now
        let peers = communicator.peers
        let exchange = try communicator.exchange(
          sending: [sent.message(everything, with: peers[0])],
          receiving: [received.message(everything, with: peers[peers.count - 1])], then: {})
        try exchange.wait(for: communicator)
        return try communicator.allReduce(started.duration(to: .now).seconds, .max)
      }
    }
    let bytes = linkElements * MemoryLayout<Float>.stride
    return Double(bytes) / Array(durations.dropFirst()).median
  }

  /// 64 MB: what is lost at the begin and the end of a message does not show.
  private static let linkElements = 16_000_000

  private static func measure(
    _ exchange: MeasuredExchange, bytes: Int, rounds: Int, _ communication: CommunicationThread
  ) throws -> Row {
    // Short exchanges are timed many at once: ranks do not leave a barrier at the same moment.
    let repetitions = min(max(1, 32_000_000 / bytes), 200)
    var durations: [[Double]] = [[], [], []]
    // The first round warms up.
    for round in 0...rounds {
      for kind in MeasuredExchange.Kind.allCases {
        let seconds = try communication.perform { communicator in
          try exchange.seconds(of: kind, repetitions: round == 0 ? 1 : repetitions, communicator)
        }
        if round > 0 { durations[kind.rawValue].append(seconds) }
      }
    }
    let medians = durations.map(\.median)
    return Row(
      bytes: bytes, seconds: medians[0], allreduceSeconds: medians[1],
      allreduceInPlaceSeconds: medians[2], ratio: medians[0] / min(medians[1], medians[2]))
  }
}

package import Foundation
import Reporting

/// The messages of one step, for another simulator: a header, a line for each message, and the end, as JSON lines.
///
/// The step begins with all weights there. A message is ready so many seconds after the begin of the step or, if it is
/// of weights, after all hosts have met behind the last gradients. At most as many buckets, and rounds of each, are
/// under way as the last line says.
package struct MessageTrace: Sendable {
  private var lines: [String] = []
  /// When the hosts met behind the last gradients.
  private var metAt = 0.0

  init(_ cluster: Cluster, isSymmetric: Bool) {
    var line = JSONLine(event: "cluster")
    line.add("hosts", cluster.hosts)
    line.add("ranks", cluster.ranks)
    // Then host h sends to h + k what host 0 sends to k, and only the latter is written.
    line.add("symmetric", isSymmetric)
    line.add("bytes_per_second", cluster.bytesPerSecond)
    line.add("latency_seconds", cluster.latency)
    lines.append(line.text)
  }

  /// Adds all messages of a bucket to one host.
  mutating func add(
    _ message: HostMessage, of id: SimulatedHost.ExchangeID, from host: Int, queued: Double
  ) {
    var line = JSONLine(event: "message")
    line.add("step", id.step + 1)
    line.add("kind", id.isOfWeights ? "weights" : "gradients")
    line.add("bucket", id.bucket)
    line.add("from", host)
    line.add("to", message.to)
    line.add("bytes", message.bytes)
    line.add("messages", message.count)
    line.add("round", message.round)
    line.add("ready_seconds", id.isOfWeights ? queued - metAt : queued)
    line.add("after", id.isOfWeights ? "gradients" : "start")
    lines.append(line.text)
  }

  /// Notes when the hosts met.
  mutating func meet(_ number: Int, at time: Double) {
    if number == 1 { metAt = time }
  }

  /// The file.
  ///
  /// - Parameters:
  ///   - end: when the last byte arrived in our simulation.
  ///   - limit: exchanges under way at once.
  ///   - rounds: rounds of an exchange under way at once; nil: all.
  /// - Returns: its bytes.
  package func file(end: Double, exchangeLimit limit: Int, roundsAtOnce rounds: Int?) -> Data {
    var line = JSONLine(event: "end")
    line.add("seconds", end)
    line.add("exchange_limit", limit)
    if let rounds {
      line.add("rounds_at_once", rounds)
    } else {
      line.addNull("rounds_at_once")
    }
    return Data((lines + [line.text]).map { "\($0)\n" }.joined().utf8)
  }
}

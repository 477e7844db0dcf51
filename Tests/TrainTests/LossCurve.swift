import Digests
import Foundation
import Testing

/// What a training run says of its steps, one point a step, and the weights that it ends with.
struct LossCurve {
  /// One step.
  struct Point: Codable, Equatable {
    let step: Int
    /// Mean over the batch, in nats.
    let loss: Double
    /// The norm of the gradient before it is clipped.
    let gradientNorm: Double
    /// The share of right predictions, 0...1.
    let accuracy: Double

    enum CodingKeys: String, CodingKey {
      case step, loss, accuracy
      case gradientNorm = "grad_norm"
    }

    /// The point as a line of JSON, in the fewest digits that give its bits again.
    var text: String {
      "{\"step\":\(step),\"loss\":\(loss),\"grad_norm\":\(gradientNorm),\"accuracy\":\(accuracy)}"
    }
  }

  let points: [Point]
  /// The SHA-256 of the weights after the last step, in hexadecimal.
  let weightsDigest: String

  /// The SHA-256 of all points and of the weights: one number that stands for the curve.
  var digest: String {
    var sha256 = SHA256()
    sha256.update(Array((points.map(\.text) + [weightsDigest]).joined(separator: "\n").utf8).span)
    return sha256.hexadecimal
  }
}

/// As a run writes it.
extension LossCurve {
  private struct Event: Decodable {
    let event: String
    let weights: String?

    enum CodingKeys: String, CodingKey {
      case event
      case weights = "weights_sha256"
    }
  }

  /// Reads the metrics of a finished run.
  init(metrics path: String) throws {
    var points: [Point] = []
    var weights: String?
    for line in try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n") {
      let data = Data(line.utf8)
      let event = try JSONDecoder().decode(Event.self, from: data)
      switch event.event {
      case "step": points.append(try JSONDecoder().decode(Point.self, from: data))
      case "end": weights = event.weights
      default: break
      }
    }
    self.points = points
    weightsDigest = try #require(weights, "\(path) has no end")
  }
}

/// As it is kept among the fixtures.
extension LossCurve {
  private struct File: Codable {
    let curve: String
    let weights: String
    let steps: [Point]

    enum CodingKeys: String, CodingKey {
      case steps
      case curve = "curve_sha256"
      case weights = "weights_sha256"
    }
  }

  /// Reads a kept curve; one whose digest does not belong to its points was changed by hand.
  init(file: URL) throws {
    let kept = try JSONDecoder().decode(File.self, from: Data(contentsOf: file))
    self.init(points: kept.steps, weightsDigest: kept.weights)
    #expect(digest == kept.curve, "\(file.lastPathComponent) was changed by hand")
  }

  /// Writes the curve, a step on each line so that a comparison of two versions shows old and new numbers.
  func write(to file: URL) throws {
    let steps = points.map { "    \($0.text)" }.joined(separator: ",\n")
    try """
    {
      "curve_sha256": "\(digest)",
      "weights_sha256": "\(weightsDigest)",
      "steps": [
    \(steps)
      ]
    }

    """.write(to: file, atomically: true, encoding: .utf8)
  }
}

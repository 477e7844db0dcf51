public import Configuration
import Files
import Foundation
import Platform

extension TrainedModel {
  /// The names of the classes: those of the training data, or known because the data are.
  public var knownClassNames: [String]? {
    classNames ?? trainingDigest.flatMap(ClassNames.known)
  }
}

/// Names of classes: from a file, or known because the data are known.
public enum ClassNames {
  /// Reads a file of one name a line; blank lines at the end do not count.
  ///
  /// - Parameters:
  ///   - path: UTF-8 text.
  ///   - count: how many classes the model has.
  /// - Throws: ``CommandError`` (65) if the file cannot be read or has another number of names.
  /// - Returns: the names in the order of the classes.
  public static func read(_ path: String, count: Int) throws(CommandError) -> [String] {
    guard let bytes = FileManager.default.contents(atPath: path) else {
      throw CommandError("\(path): cannot be read; check the path", exitCode: .badData)
    }
    let kind = FileKind(of: bytes.prefix(FileKind.prefixBytes))
    guard let lines = TextLines.read(bytes), kind?.isOtherText ?? true else {
      throw CommandError(
        "\(path): this is \(kind?.name ?? "no UTF-8 text"), not a list of names; "
          + "\(kind?.advice ?? "write one a line")", exitCode: .badData)
    }
    var names = lines.map { $0.trimmingCharacters(in: .whitespaces) }
    while names.last?.isEmpty == true { names.removeLast() }
    guard names.count == count else {
      throw CommandError(
        "\(path): has \(names.count) names but the model has \(count) classes; write one a line",
        exitCode: .badData)
    }
    return names
  }

  /// The names for a model that was trained with the data of this digest, if they are known.
  public static func known(trainingDigest: String) -> [String]? {
    trainingDigest == fashionMNISTDigest ? fashionMNIST : nil
  }

  /// - Note: Source: Xiao, Rasul, Vollgraf, "Fashion-MNIST", arXiv:1708.07747, table 2.
  private static let fashionMNIST = [
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag",
    "Ankle boot",
  ]

  /// The digest of its 60,000 training samples.
  private static let fashionMNISTDigest =
    "10571c862328e53a74e0989223392a460e95b64bca2678902056a35ac1740b44"
}

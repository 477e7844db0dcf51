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
    let bytes = try contents(of: path)
    let kind = FileKind(of: bytes.prefix(FileKind.prefixBytes))
    guard let lines = TextLines.read(bytes), kind?.isOtherText ?? true else {
      throw CommandError(
        "\(path): this is \(kind?.name ?? "something other than UTF-8 text"), not a list of names; "
          + "\(kind?.advice ?? "write one a line")", exitCode: .badData)
    }
    var names = lines.map { $0.trimmingCharacters(in: .whitespaces) }
    while names.last?.isEmpty == true { names.removeLast() }
    guard names.count == count else {
      throw CommandError(
        "\(path): has \(counted(names.count, "name")) but the model has "
          + "\(counted(count, "class", "classes")); write one a line",
        exitCode: .badData)
    }
    return names
  }

  /// More than the names of any classes take.
  private static let maximumBytes = 16 << 20

  /// The bytes of the file, which is looked at first: a pipe would be waited for without end.
  private static func contents(of path: String) throws(CommandError) -> [UInt8] {
    let status: RegularFile.Status
    var bytes: [UInt8] = []
    do throws(SystemCallError) {
      let file = try RegularFile(path, for: .reading)
      status = try file.status()
      if status.isRegular && status.bytes <= maximumBytes {
        bytes = [UInt8](repeating: 0, count: status.bytes)
        var span = bytes.mutableSpan
        let count = try file.read(at: 0, into: &span)
        bytes.removeLast(status.bytes - count)
      }
    } catch {
      throw CommandError(
        "\(path): cannot be read: \(error.reason); check the path", exitCode: .badData)
    }
    guard status.isRegular && status.bytes <= maximumBytes else {
      let found = status.isRegular ? "a file of \(status.bytes) bytes" : "no file"
      throw CommandError(
        "\(path): this is \(found), not a list of names; write one per line", exitCode: .badData)
    }
    return bytes
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

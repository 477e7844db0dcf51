/// What a model says of one image.
public struct Prediction: Sendable, Equatable, Encodable {
  /// A class and how probable it is.
  public struct Candidate: Sendable, Equatable, Encodable {
    /// The number of the class.
    public let label: Int
    /// Its name, if names are known.
    public let name: String?
    /// The probability that the model gives it, 0 to 1.
    public let probability: Double

    private enum CodingKeys: String, CodingKey {
      case label = "class"
      case name, probability
    }
  }

  /// The file of the image.
  public let file: String
  /// Its number in the file; nil for a picture.
  public let image: Int?
  /// The most probable classes, the best first.
  public let classes: [Candidate]
}

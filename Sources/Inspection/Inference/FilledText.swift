/// What a model of text says of the hidden places of one text.
public struct FilledText: Sendable, Equatable, Encodable {
  /// A piece of the vocabulary and how probable it is.
  public struct Candidate: Sendable, Equatable, Encodable {
    /// The number of the piece.
    public let token: Int
    /// The piece as the vocabulary has it.
    public let piece: String
    /// The probability that the model gives it, 0 to 1.
    public let probability: Double
  }

  /// The text as it was given.
  public let text: String
  /// The text with the most probable piece in every place.
  public let filled: String
  /// For each place the most probable pieces, the best first.
  public let masks: [[Candidate]]
}

/// What the samples of a model are.
public enum InputKind: String, Sendable, CaseIterable {
  /// Images, of which the model tells the class.
  case images

  /// Sequences of tokens, of which the model tells the hidden ones.
  case text
}

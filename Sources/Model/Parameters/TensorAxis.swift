/// The meaning of an axis of a tensor, by which a tensor is fitted to a model of other images or of
/// other sequences.
package enum TensorAxis: Sendable, Equatable {
  /// Channels inside the model.
  case channels
  /// The tokens that a layer makes.
  case tokens
  /// The tokens that a layer adds up.
  case summedTokens
  /// Learned positions: those of text, or that of the class's token and then those of the patches.
  case positions
  /// The distances between tokens, of a Toeplitz matrix.
  case distances
  /// The channels of an image.
  case colors
  /// Rows, and columns, of the pixels of a patch.
  case pixels
  /// The classes.
  case classes
}

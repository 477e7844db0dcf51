/// What a layer computes: the kinds of work between which a model's time is divided.
public enum Kernel: String, CaseIterable, Sendable {
  /// The patches of images, and the embeddings of tokens.
  case stem
  /// Norms, and the scales of branches.
  case norm
  /// Products of linear layers over the channels: forward the output, backward the input's gradient.
  case linear = "linear products"
  /// Products of the same layers that are the gradients of their weights.
  case linearWeights = "linear products, weights"
  /// Products that mix tokens: forward the gate, backward the gradient of what was mixed.
  case spatial = "spatial products"
  /// Products that are the gradients of the mixing weights.
  case spatialWeights = "spatial products, weights"
  /// GELU and the bias before it.
  case gelu = "GELU"
  /// The gate's bias and its multiplication.
  case gate
  /// The softmax of attention.
  case attention
  /// The shortcut around a block.
  case residual
  /// Pooling, gathering of hidden tokens, and the biases of the classes.
  case head
  /// Softmax and cross-entropy.
  case loss
}

import Digests
package import Kernels
import Model

extension ParameterLayout {
  /// The SHA-256 of the little-endian bytes of all parameters in state-dict order, in hexadecimal.
  ///
  /// Padding between tensors is not hashed, so the digest is one of the weights alone.
  package func digest(of values: FloatBuffer) -> String {
    var digest = SHA256()
    for parameter in parameters {
      values.withSpan(parameter.range) { digest.update($0) }
    }
    return digest.hexadecimal
  }
}

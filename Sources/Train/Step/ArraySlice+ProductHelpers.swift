import Kernels
package import Model

extension ArraySlice<ProductHelper> {
  /// Divides the helpers evenly among the owners of `arenas`.
  ///
  /// What is left over is not used: a step waits for the worker that has the fewest.
  package func share(among arenas: [Arena]) {
    guard !arenas.isEmpty else { return }
    let each = count / arenas.count
    for (index, arena) in arenas.enumerated() {
      arena.share(with: Array(dropFirst(index * each).prefix(each)))
    }
  }
}

internal import Kernels
internal import Model

extension ArraySlice<ProductHelper> {
  /// Has the helpers work for the owners of `arenas`, each for as many as the others.
  func share(among arenas: [Arena]) {
    for (index, arena) in arenas.enumerated() {
      let (first, end) = (count * index / arenas.count, count * (index + 1) / arenas.count)
      arena.share(with: Array(dropFirst(first).prefix(end - first)))
    }
  }
}

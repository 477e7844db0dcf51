/// How gradients of the ranks become one.
public enum ReductionKind: String, Sendable, CaseIterable {
  /// One canonical tree of additions: the same bits for any number of ranks.
  case ordered
  /// `MPI_Allreduce`: the bits depend on the number of ranks.
  case mpi
}

import Testing

extension Tag {
  /// Starts mpirun.
  @Tag static var mpi: Self
  /// Takes more than a few seconds.
  @Tag static var slow: Self
}

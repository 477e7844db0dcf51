import Configuration
import Model

extension MemoryEstimate {
  /// What the program takes before it holds a model.
  struct Program: Sendable, Equatable {
    /// Code and constants of the program and its libraries, which ranks on one host share.
    package let files: Int
    /// Buffers of the program, of BLAS, oneDNN and MPI.
    package let buffers: Int

    /// The same for every model.
    ///
    /// Measured with the digits and the release build on Debian 12, which the estimate then met within
    /// 1 MB with 1 to 8 ranks and 1 to 4 threads; a debug build takes 3 MB more. Of the files the kernel maps what it
    /// has at hand in larger pieces, 39 to 52 MB under MPI: this is the middle.
    init(_ train: TrainSettings, underMPI: Bool) {
      files = underMPI ? 44_000_000 : 34_000_000
      let perThread = 400_000
      let kernels = train.precision == .bf16 ? 400_000 : 0
      buffers = (underMPI ? 9_500_000 : 7_200_000) + kernels + train.threads * perThread
    }

    /// All of it in bytes.
    package var bytes: Int { files + buffers }
  }
}

import Foundation

/// What this process has used so far.
struct ProcessUsage {
  /// Bytes of the peak of resident memory.
  let peakBytes: Int
  /// Seconds of processor time: on a busy machine the clock on the wall blames the wrong input.
  let seconds: Double

  static var now: ProcessUsage {
    var usage = rusage()
    let status = unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    precondition(status == 0, "getrusage: error \(errno)")
    let times = [usage.ru_utime, usage.ru_stime]
    return ProcessUsage(
      peakBytes: usage.ru_maxrss << 10,
      seconds: times.reduce(0) { $0 + Double($1.tv_sec) + Double($1.tv_usec) / 1e6 })
  }
}

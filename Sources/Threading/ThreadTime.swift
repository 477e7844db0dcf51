import Glibc

/// The time for which the calling thread has had a processor.
package enum ThreadTime {
  /// Seconds since the thread began, without those in which others had the processor.
  package static var seconds: Double {
    var time = timespec()
    let status = unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    precondition(status == 0, "the clock of this thread cannot be read: error \(errno)")
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}

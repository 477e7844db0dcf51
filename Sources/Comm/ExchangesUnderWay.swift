import CMPI
import Glibc
import Threading

/// The exchanges that jobs have left in progress, moved on between the jobs.
///
/// MPI moves messages only while it is called, so it has to be called again and again.
struct ExchangesUnderWay {
  /// How long the thread sleeps between two calls where it has no core of its own, at first and at most.
  ///
  /// Short enough for the system's buffers to hold what 10 Gbit/s bring meanwhile, long enough to take
  /// about 2 % of a core.
  private static let (shortPause, longPause): (UInt32, UInt32) = (100, 800)

  private let queue: Monitor<JobQueue>
  private let maySpin: Bool
  /// The next pause in microseconds.
  private var pause = ExchangesUnderWay.shortPause
  private var exchanges: [(number: Int, exchange: Exchange)] = []
  private var hasFailed = false

  init(_ queue: Monitor<JobQueue>, maySpin: Bool) {
    self.queue = queue
    self.maySpin = maySpin
  }

  var isEmpty: Bool { exchanges.isEmpty }

  /// Moves messages on until no exchange is left that holds up other ranks.
  ///
  /// - Returns: false if one has failed, and with it all later jobs, or if the run is to be ended.
  mutating func finishWhatHoldsUpOthers(_ communicator: borrowing Communicator) -> Bool {
    while exchanges.contains(where: \.exchange.holdsUpOthers) {
      if queue.read({ $0.abortCode != nil }) { return false }
      advance(communicator)
    }
    return !hasFailed
  }

  /// Carries out a job and keeps what it leaves in progress.
  mutating func run(
    _ job: JobQueue.Job, number: Int, _ communicator: borrowing Communicator
  ) {
    do {
      if let exchange = try job(communicator) {
        exchanges.append((number, exchange))
        pause = Self.shortPause
      } else {
        queue.change { $0.finish(number, .success(())) }
      }
    } catch {
      stop(number, error)
    }
  }

  /// Moves all messages on; ends the oldest exchange if it is complete, else pauses.
  ///
  /// Ranks start their exchanges in one order, and so the oldest is the first to be complete.
  mutating func advance(_ communicator: borrowing Communicator) {
    let number = exchanges[0].number
    do {
      if try exchanges[0].exchange.advance(communicator) {
        exchanges.removeFirst()
        pause = Self.shortPause
        queue.change { $0.finish(number, .success(())) }
      } else {
        if try communicator.moveOn() { pause = Self.shortPause }
        rest()
      }
    } catch {
      stop(number, error)
    }
  }

  private mutating func rest() {
    if maySpin {
      cmpi_pause()
    } else {
      _ = usleep(pause)
      pause = min(2 * pause, Self.longPause)
    }
  }

  private mutating func stop(_ number: Int, _ error: any Error) {
    queue.change { $0.finish(number, .failure(error)) }
    exchanges = []
    hasFailed = true
  }
}

import Files
import Foundation
import Testing

@Suite("Reading from descriptors")
struct DescriptorReaderTests {
  /// A pipe: the end to read from, and the one to write to.
  private func makePipe() -> (reading: Int32, writing: Int32) {
    var ends: [Int32] = [-1, -1]
    let status = unsafe pipe(&ends)
    #expect(status == 0)
    return (ends[0], ends[1])
  }

  @Test("A pipe gives what was written, and does not wait for more until there is nothing")
  func available() throws {
    let pipe = makePipe()
    #expect(DescriptorWriter.write([1, 2, 3], to: pipe.writing) == 0)
    func read(_ limit: Int) throws -> [UInt8] {
      try DescriptorReader.read(from: pipe.reading, limit: limit, name: "a pipe")
    }
    #expect(try read(2) == [1, 2] && read(9) == [3])
    #expect(DescriptorWriter.write([4], to: pipe.writing) == 0)
    close(pipe.writing)
    #expect(try read(9) == [4] && read(9) == [])
    close(pipe.reading)
  }

  @Test("A descriptor that does not block is waited for all the same")
  func nonBlocking() throws {
    let pipe = makePipe()
    #expect(fcntl(pipe.reading, F_SETFL, O_NONBLOCK) == 0)
    let writing = pipe.writing
    Thread.detachNewThread {
      usleep(50_000)
      _ = DescriptorWriter.write([5], to: writing)
    }
    #expect(try DescriptorReader.read(from: pipe.reading, limit: 4, name: "a pipe") == [5])
    close(pipe.writing)
    close(pipe.reading)
  }

  @Test("A failed call names what was read")
  func failure() {
    #expect(throws: SystemCallError(call: "read", path: "nothing", number: EBADF)) {
      try DescriptorReader.read(from: -1, limit: 1, name: "nothing")
    }
  }
}

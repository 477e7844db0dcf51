import Files
import Glibc
import Testing

@Suite("Interrupted calls")
struct SystemCallErrorTests {
  @Test("A call is repeated while signals interrupt it, and other failures are thrown at once")
  func repeats() {
    var errors = [EINTR, EINTR, ENOENT, EINTR]
    let failure = SystemCallError(call: "pread", path: "a", number: ENOENT, offset: 7)
    #expect(throws: failure) {
      try SystemCallError.check("pread", "a", at: 7) { () -> Int32 in
        errno = errors.removeFirst()
        return -1
      }
    }
    #expect(errors == [EINTR])
  }

  @Test("What a call returns is returned")
  func returns() throws {
    #expect(try SystemCallError.check("open", "a") { Int32(7) } == 7)
  }
}

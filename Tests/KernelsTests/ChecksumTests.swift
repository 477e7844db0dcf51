import TestSupport
import Testing

@testable import Kernels

@Suite("Checksums of weights")
struct ChecksumTests {
  private static let block = 64

  private func buffer(_ count: Int) -> FloatBuffer {
    let buffer = FloatBuffer(count: count)
    buffer.withMutableSpan(0..<count) { span in
      for index in 0..<count { span[index] = Float(index % 37) - 18.5 }
    }
    return buffer
  }

  @Test("Every bit flip in every element changes it", arguments: [1, 15, 64, 65, 203])
  func bits(count: Int) {
    let buffer = buffer(count)
    let right = checksum(buffer, 0..<count, blockLength: Self.block)
    for index in 0..<count {
      for bit in 0..<32 {
        turn(bit, of: index, in: buffer)
        #expect(
          checksum(buffer, 0..<count, blockLength: Self.block) != right, "bit \(bit) of \(index)")
        turn(bit, of: index, in: buffer)
      }
    }
    #expect(checksum(buffer, 0..<count, blockLength: Self.block) == right)
  }

  @Test("Parts add up to the whole in any order; swapped blocks and elements show")
  func parts() {
    let buffer = buffer(300)
    let whole = checksum(buffer, 0..<300, blockLength: Self.block)
    let cuts = [192..<300, 0..<64, 64..<192]
    #expect(cuts.reduce(0) { $0 &+ checksum(buffer, $1, blockLength: Self.block) } == whole)
    for (first, second) in [(0, 64), (0, 1), (3, 19), (70, 134)] {
      swap(first, second, in: buffer)
      #expect(checksum(buffer, 0..<300, blockLength: Self.block) != whole, "\(first), \(second)")
      swap(first, second, in: buffer)
    }
  }

  private func turn(_ bit: Int, of index: Int, in buffer: FloatBuffer) {
    buffer.withMutableSpan(index..<index + 1) {
      $0[0] = Float(bitPattern: $0[0].bitPattern ^ (1 << UInt32(bit)))
    }
  }

  private func swap(_ first: Int, _ second: Int, in buffer: FloatBuffer) {
    buffer.withMutableSpan(0..<buffer.count) { span in
      let value = span[first]
      span[first] = span[second]
      span[second] = value
    }
  }
}

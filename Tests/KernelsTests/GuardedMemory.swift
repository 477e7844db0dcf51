import Glibc
import Kernels

/// Memory behind which nothing may be read: a read behind its end kills the process.
@safe final class GuardedMemory: @unchecked Sendable {
  private let pages: UnsafeMutableRawPointer
  private let length: Int
  /// What may be read and written, in whole pages.
  private let bytes: Int

  /// Room for `bytes` bytes, and more up to the end of a page.
  init(bytes: Int) {
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    self.bytes = (bytes + page - 1) / page * page
    length = self.bytes + page
    let mapped = unsafe mmap(
      nil, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let mapped = unsafe mapped, unsafe mapped != MAP_FAILED else {
      preconditionFailure("\(length) bytes cannot be mapped: error \(errno)")
    }
    unsafe pages = mapped
    let status = unsafe mprotect(mapped + length - page, page, PROT_NONE)
    precondition(status == 0, "mprotect failed with error \(errno)")
  }

  deinit {
    let status = unsafe munmap(pages, length)
    precondition(status == 0, "munmap failed with error \(errno)")
  }

  /// Small whole numbers, whose sums of products are exact.
  static func numbers(_ count: Int) -> [Double] { (0..<count).map { Double($0 % 7) - 3 } }

  /// A matrix of these numbers whose last element is the last of a page.
  static func matrix<Element: Numeral>(rows: Int, columns: Int) -> Matrix<Element> {
    let count = rows * columns
    let memory = GuardedMemory(bytes: count * MemoryLayout<Element>.stride)
    let capacity = memory.bytes / MemoryLayout<Element>.stride
    let buffer = unsafe Buffer<Element>(
      UnsafeMutableBufferPointer(
        start: memory.pages.bindMemory(to: Element.self, capacity: capacity), count: capacity),
      owner: memory)
    let first = capacity - count
    buffer.withMutableSpan(first..<capacity) { span in
      for (index, number) in numbers(count).enumerated() {
        span[index] = Element(rounding: Float(number))
      }
    }
    return Matrix(buffer, at: first, rows: rows, columns: columns)
  }
}

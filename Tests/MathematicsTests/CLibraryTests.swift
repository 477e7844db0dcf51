import Foundation
import Testing

@Suite("Functions of the C library")
struct CLibraryTests {
  /// Those whose last bits depend on the library's version and on the processor.
  private static let names = [
    "exp", "exp2", "exp10", "expm1", "log", "log2", "log10", "log1p", "pow", "cbrt", "hypot", "sin",
    "cos",
    "tan", "asin", "acos", "atan", "atan2", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh",
    "erf",
    "erfc", "tgamma", "lgamma", "sincos",
  ]

  @Test("No source calls one whose bits depend on the processor")
  func calls() throws {
    let sources = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../Sources").standardized
    let pattern = try Regex(
      "(?:^|[^\\w.]|__builtin_)(?:Glibc\\.|Foundation\\.)?(?:\(Self.names.joined(separator: "|")))f?\\("
    )
    var files = 0
    for case let file as URL in try #require(
      FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil))
    where ["swift", "h", "c", "cpp"].contains(file.pathExtension) {
      files += 1
      let text = try String(contentsOf: file, encoding: .utf8)
      for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false)
        .enumerated()
      {
        let code = line.trimmingPrefix(while: \.isWhitespace)
        if code.hasPrefix("//") || code.contains("func ") { continue }
        #expect(
          code.firstMatch(of: pattern) == nil, "\(file.lastPathComponent):\(number + 1): \(code)")
      }
    }
    #expect(files > 100)
  }
}

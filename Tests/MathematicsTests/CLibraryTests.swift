import Foundation
import Testing

@Suite("Functions of the C library")
struct CLibraryTests {
  /// Those whose last bits depend on the library's version and on the processor.
  private static let names = [
    "exp", "exp2", "exp10", "expm1", "log", "log2", "log10", "log1p", "pow", "cbrt", "hypot", "sin",
    "cos", "tan", "asin", "acos", "atan", "atan2", "sinh", "cosh", "tanh", "asinh", "acosh",
    "atanh", "erf", "erfc", "tgamma", "lgamma", "sincos",
  ].joined(separator: "|")

  /// A call, or a function that is given to another one or to a variable; variables may be called `log`.
  private let pattern: Regex<AnyRegexOutput>

  init() throws {
    let function = "(?:\(Self.names))[fl]?\\s*"
    let module = #"(?:Glibc\.|Foundation\.)"#
    let call = #"(?:^|[^\w.]|\#(module)|__builtin_(?:elementwise_)?)\#(function)\("#
    let argument = #"[(,]\s*\#(module)?\#(function)[,)]"#
    let value = #"=\s*(?!log\s*$)\#(module)?\#(function)$"#
    pattern = try Regex("\(call)|\(argument)|\(value)")
  }

  private func calls(_ line: some StringProtocol) -> Bool {
    let code = String(line)
      .replacing(#/\/\/.*/#, with: "")
      .replacing(#/"(?:[^"\\]|\\.)*"/#, with: "")
      .replacing(#/func\s+\w+/#, with: "")
    return code.firstMatch(of: pattern) != nil
  }

  @Test("No source calls one whose bits depend on the processor")
  func sources() throws {
    let sources = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../Sources").standardized
    var files = 0
    for case let file as URL in try #require(
      FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil))
    where ["swift", "h", "c", "cpp"].contains(file.pathExtension) {
      files += 1
      let text = try String(contentsOf: file, encoding: .utf8)
      for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false)
        .enumerated()
      {
        #expect(!calls(line), "\(file.lastPathComponent):\(number + 1): \(line)")
      }
    }
    #expect(files > 100)
  }

  @Test(
    "A call is found in every form",
    arguments: [
      "let y = exp(x)", "exp (x)", "expf(x)", "y = powl(x, 2);", "Foundation.log(x)",
      "Glibc.sin(x)", "__builtin_cosf(x)", "__builtin_elementwise_exp(x)", "x.map(exp)",
      "x.map(Foundation.exp)", "x.reduce(1, pow)", "fold(tanh, x)", "let f = exp",
      "func f(_ x: Double) -> Double { exp(x) }",
    ])
  func found(line: String) {
    #expect(calls(line))
  }

  @Test(
    "What is called alike is not",
    arguments: [
      "// exp(x)", "func exp(_ x: Float) -> Float", "x.log()", "export(x)", "a.sin(x)",
      #"print("exp(x)")"#, "cosine(ofTurns: x)", "process.standardError = log", "f(x, log: log)",
      "__builtin_exponent(x)",
    ])
  func other(line: String) {
    #expect(!calls(line))
  }
}

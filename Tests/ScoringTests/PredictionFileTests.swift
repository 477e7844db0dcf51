import Testing

@testable import Scoring

@Suite("Files of predictions")
struct PredictionFileTests {
  @Test("Strings are escaped as Python does")
  func escapes() {
    let text = "\"\\/\u{8}\t\n\u{c}\r\u{1f}\u{7f}\u{e9}\u{2028}\u{1f600} ~"
    #expect(
      PredictionFile.predictions([("a\"b", text)])
        == #"""
        {
            "a\"b": "\"\\/\b\t\n\f\r\u001f\u007f\u00e9\u2028\ud83d\ude00 ~"
        }

        """#)
  }

  @Test("No questions are an empty object")
  func empty() {
    #expect(PredictionFile.predictions([]) == "{}\n")
    #expect(PredictionFile.nullOdds([]) == "{}\n")
  }

  @Test("Numbers have the digits that Python gives them")
  func numbers() {
    let odds = [0.1, -1.5, 1e-5, 100, 1.0 / 3, 1e22, -0.0]
    let text = PredictionFile.nullOdds(odds.enumerated().map { ("\($0)", $1) })
    #expect(
      text == """
        {
            "0": 0.1,
            "1": -1.5,
            "2": 1e-05,
            "3": 100.0,
            "4": 0.3333333333333333,
            "5": 1e+22,
            "6": -0.0
        }

        """)
  }

  @Test("GLUE's file has the names of classes, which a tab would break")
  func classes() throws {
    #expect(
      try PredictionFile.classes([(0, "entailment"), (3, "neutral")])
        == "index\tprediction\n0\tentailment\n3\tneutral\n")
    let error = #expect(throws: ScoringError.self) { try PredictionFile.classes([(0, "a\tb")]) }
    #expect(error?.description.contains(#""a\tb""#) == true)
  }
}

// Python's text functions as used by the official scripts of SQuAD.
//
// Python 3.11 has the tables of Unicode 14, Swift newer ones: characters that were added since may differ.

extension Unicode.Scalar {
  /// Whether `str.split()` separates words at it: U+200B and U+FEFF do not.
  var isPythonSpace: Bool {
    switch value {
    case 0x09...0x0d, 0x1c...0x20, 0x85, 0xa0, 0x1680, 0x2000...0x200a, 0x2028, 0x2029, 0x202f,
      0x205f, 0x3000:
      true
    default: false
    }
  }

  /// Whether `\w` of the module `re` matches it: a letter, anything with a numeric value, or the low line.
  ///
  /// Combining marks are none: a word ends before an accent that is a scalar of its own.
  var isPythonWord: Bool {
    if isASCII { return properties.isAlphabetic || ("0"..."9").contains(self) || self == "_" }
    switch properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
      return true
    default: return properties.numericType != nil
    }
  }

  /// Whether it is of `string.punctuation`: the 32 marks of ASCII.
  var isPythonPunctuation: Bool {
    switch value {
    case 0x21...0x2f, 0x3a...0x40, 0x5b...0x60, 0x7b...0x7e: true
    default: false
    }
  }
}

/// The scalars of `str.lower()`: the full mapping, by which İ becomes two scalars, and the final sigma.
///
/// Swift's `lowercased()` knows no final sigma.
func pythonLowercased(_ text: String) -> [Unicode.Scalar] {
  let scalars = Array(text.unicodeScalars)
  var result: [Unicode.Scalar] = []
  result.reserveCapacity(scalars.count)
  for (index, scalar) in scalars.enumerated() {
    if scalar == "Σ" {
      result.append(isFinalSigma(at: index, of: scalars) ? "ς" : "σ")
    } else if scalar.isASCII {
      let isCapital = ("A"..."Z").contains(scalar)
      result.append(isCapital ? Unicode.Scalar(UInt8(scalar.value) + 32) : scalar)
    } else {
      result += scalar.properties.lowercaseMapping.unicodeScalars
    }
  }
  return result
}

/// Whether a capital sigma ends a word: a cased letter is before it and none behind, case-ignorable ones skipped.
///
/// - Note: Source: The Unicode Standard, version 15.0, table 3-17 (Final_Sigma).
private func isFinalSigma(at index: Int, of scalars: [Unicode.Scalar]) -> Bool {
  let before = scalars[..<index].last { !$0.properties.isCaseIgnorable }
  let behind = scalars[(index + 1)...].first { !$0.properties.isCaseIgnorable }
  return before?.properties.isCased == true && behind?.properties.isCased != true
}

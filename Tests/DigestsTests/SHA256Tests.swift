import Digests
import Testing

@Suite("SHA-256")
struct SHA256Tests {
  @Test("The known answers of FIPS 180-4")
  func knownAnswers() {
    var digest = SHA256()
    #expect(
      digest.hexadecimal == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    digest.update(Array("abc".utf8).span)
    #expect(
      digest.hexadecimal == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
  }

  @Test("Floats count as their little-endian bytes, and cuts do not matter")
  func floats() {
    let values: [Float] = [1, -0.0, .pi, .infinity]
    let bytes = values.flatMap { value in
      (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * $0)) }
    }
    var whole = SHA256()
    whole.update(bytes.span)
    for cut in 0...values.count {
      var parts = SHA256()
      parts.update(values.span.extracting(0..<cut))
      parts.update(values.span.extracting(cut..<values.count))
      #expect(parts.hexadecimal == whole.hexadecimal)
    }
  }
}

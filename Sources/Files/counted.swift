/// A number with what is counted, as in "1 rank" and "3 ranks".
///
/// - Parameters:
///   - number: how many.
///   - noun: what, in the singular.
///   - plural: its plural, where that is not made by an s.
/// - Returns: the number and the noun.
public func counted(_ number: Int, _ noun: String, _ plural: String? = nil) -> String {
  "\(number) \(number == 1 ? noun : plural ?? noun + "s")"
}

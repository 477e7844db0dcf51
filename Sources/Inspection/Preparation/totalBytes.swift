import Foundation

/// The bytes of all `files`.
///
/// - Throws: `CocoaError` if one cannot be examined.
func totalBytes(of files: [String]) throws -> Int {
  try files.reduce(0) { sum, file in
    let attributes = try FileManager.default.attributesOfItem(atPath: file)
    return sum + (attributes[.size] as? Int ?? 0)
  }
}

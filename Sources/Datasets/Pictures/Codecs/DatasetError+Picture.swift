import Files

extension DatasetError {
  /// What is said of a file that is not a picture: what it is instead, where its first bytes tell.
  static func noPicture(_ bytes: [UInt8], at location: FileLocation) -> DatasetError {
    let wanted = "a JPEG, PNG or WebP picture"
    let advice = "convert it, or move it away"
    let prefix = bytes.prefix(FileKind.prefixBytes)
    guard let kind = FileKind(of: prefix) else {
      return DatasetError(
        .invalid, location, "\(FileKind.clause(about: prefix)), which is not \(wanted); \(advice)")
    }
    return DatasetError(.invalid, location, kind.insteadOf(wanted, advice: advice))
  }

  /// What is said of a picture that a decoder gives up.
  static func damagedPicture(
    _ format: PictureFormat, _ reason: String, at location: FileLocation
  ) -> DatasetError {
    DatasetError(
      .invalid, location,
      "not a whole \(format.rawValue) file (\(reason)); convert or copy it again")
  }
}

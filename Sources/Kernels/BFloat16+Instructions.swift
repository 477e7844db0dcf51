extension BFloat16 {
  /// Whether this build and this processor have instructions that multiply bf16.
  public static var isFast: Bool {
    #if OneDNN
      OneDNNMatmul.hasBFloat16Instructions
    #else
      false
    #endif
  }

  /// Whether oneDNN multiplies bf16 in tiles (AMX) here.
  public static var hasTiles: Bool {
    #if OneDNN
      OneDNNMatmul.hasTiles
    #else
      false
    #endif
  }
}

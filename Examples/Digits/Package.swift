// swift-tools-version: 6.3
import PackageDescription

let package = Package(
  name: "Digits",
  dependencies: [.package(name: "gmlp-train", path: "../..")],
  targets: [
    .executableTarget(
      name: "Digits", dependencies: [.product(name: "GMLPTrain", package: "gmlp-train")])
  ],
  swiftLanguageModes: [.v6])

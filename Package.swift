// swift-tools-version: 6.2
import PackageDescription

/// Warnings stop the build where CI asks for it, never on a user's newer compiler.
let strict: [SwiftSetting] =
  Context.environment["HTNET_WARNINGS_AS_ERRORS"] == "1" ? [.treatAllWarnings(as: .error)] : []

/// A C library that apt installs, found by pkg-config.
func system(_ name: String, pkgConfig: String, apt: String) -> Target {
  .systemLibrary(name: name, pkgConfig: pkgConfig, providers: [.apt([apt])])
}

/// A Swift module and the modules it may import, all of lower layers (`scripts/check-imports`).
func module(_ name: String, _ imports: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: imports, swiftSettings: strict)
}

func tests(_ name: String, _ imports: [Target.Dependency] = [], resources: [Resource] = [])
  -> Target
{
  .testTarget(
    name: name + "Tests", dependencies: [.target(name: name)] + imports, resources: resources,
    swiftSettings: strict)
}

let argumentParser: Target.Dependency = .product(
  name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
  name: "swift-htnet",
  products: [
    .executable(name: "htnet", targets: ["htnet"])
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.0.0"),
  ],
  targets: [
    // Layer 0: C libraries and kernels.
    system("CMPILibrary", pkgConfig: "ompi-c", apt: "libopenmpi-dev"),
    system("COpenBLAS", pkgConfig: "openblas", apt: "libopenblas-dev"),
    system("CPNG", pkgConfig: "libpng", apt: "libpng-dev"),
    system("CCrypto", pkgConfig: "libcrypto", apt: "libssl-dev"),
    system("CZstd", pkgConfig: "libzstd", apt: "libzstd-dev"),
    .target(name: "CPNGReader", dependencies: ["CPNG"]),
    .target(name: "CMPI", dependencies: ["CMPILibrary"]),
    .target(name: "CKernels"),
    // Layer 1
    module("Files"),
    module("Digest", ["CCrypto"]),
    module("TensorCore", ["CKernels", "COpenBLAS"]),
    module("MPI", ["CMPI"]),
    module("FoldScheduling"),
    module("Evaluation"),
    // Layer 2
    module("Autograd", ["TensorCore"]),
    module("Checkpointing", ["Files", "Digest", "CZstd"]),
    module("MicroExpressionData", ["TensorCore", "Files", "Digest", "CPNG", "CPNGReader"]),
    module("GradientReduction", ["TensorCore", "MPI"]),
    // Layer 3
    module("NeuralNetwork", ["Autograd", "TensorCore"]),
    module("RunStore", ["Checkpointing", "Files", "Digest", "Evaluation"]),
    // Layer 4
    module("HTNetModel", ["NeuralNetwork", "Autograd", "TensorCore", "Checkpointing"]),
    // Layer 5
    module(
      "Training",
      [
        "HTNetModel", "NeuralNetwork", "Autograd", "TensorCore", "GradientReduction", "MPI",
        "MicroExpressionData", "Checkpointing", "Files", "Digest",
      ]),
    module("Inspection", ["RunStore", "Checkpointing", "Files", "Digest"]),
    module("Reporting", ["RunStore", "Evaluation", "Files"]),
    // Layer 6
    module(
      "Configuration",
      [
        "Training", "HTNetModel", "MicroExpressionData", "Evaluation", "FoldScheduling",
        "Checkpointing", "Files", "TensorCore", .product(name: "Yams", package: "Yams"),
      ]),
    // Layer 7
    module(
      "Cluster",
      [
        "Configuration", "Training", "RunStore", "FoldScheduling", "MPI", "MicroExpressionData",
        "HTNetModel", "TensorCore", "Evaluation", "GradientReduction", "Digest", "NeuralNetwork",
        "Checkpointing", "Files",
      ]),
    // Layer 8
    .executableTarget(
      name: "htnet",
      dependencies: [
        "Cluster", "Configuration", "Training", "Reporting", "Inspection", "RunStore", "HTNetModel",
        "NeuralNetwork", "MicroExpressionData", "Checkpointing", "Files", "Evaluation",
        "TensorCore",
        "MPI", "Digest", argumentParser,
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "htnet-bench",
      dependencies: [
        "Cluster", "Training", "GradientReduction", "HTNetModel", "NeuralNetwork", "Autograd",
        "TensorCore", "MPI", "MicroExpressionData", "Checkpointing", "COpenBLAS", argumentParser,
      ],
      swiftSettings: strict),
    // Layer 0, for tests alone
    .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: strict),
    // Tests
    tests("Autograd", ["TensorCore", "TestSupport"]),
    tests("Checkpointing", ["TestSupport"]),
    .testTarget(
      name: "CheckpointTests",
      dependencies: [
        "Training", "Checkpointing", "Files", "GradientReduction", "HTNetModel", "MPI",
        "MicroExpressionData", "NeuralNetwork", "TensorCore", "TestSupport",
      ], swiftSettings: strict),
    .testTarget(
      name: "CommandLineTests",
      dependencies: [
        "htnet", "Training", "HTNetModel", "GradientReduction", "MPI", "MicroExpressionData",
        "RunStore", "TensorCore", "Digest", "Cluster", "TestSupport",
      ], exclude: ["Fixtures"], swiftSettings: strict),
    .testTarget(
      name: "DamageTests",
      dependencies: [
        "RunStore", "Reporting", "Checkpointing", "Files", "Configuration", "MicroExpressionData",
        "HTNetModel", "NeuralNetwork", "TensorCore", "Evaluation", "Digest",
      ], swiftSettings: strict),
    tests(
      "Configuration",
      [
        "Evaluation", "FoldScheduling", "HTNetModel", "MicroExpressionData", "TensorCore",
        "Training", "TestSupport",
      ]),
    tests("Cluster", ["TestSupport"]),
    tests("Digest", ["TestSupport"]),
    tests("Evaluation", ["TestSupport"]),
    tests("Files", ["TestSupport"]),
    tests("FoldScheduling", ["TestSupport"]),
    tests("GradientReduction", ["MPI", "TensorCore", "TestSupport"]),
    tests(
      "HTNetModel", ["NeuralNetwork", "Autograd", "TensorCore", "Checkpointing", "TestSupport"],
      resources: [.copy("Fixtures")]),
    tests("MPI", ["TestSupport"]),
    tests(
      "MicroExpressionData", ["Checkpointing", "TestSupport"], resources: [.copy("Fixtures")]),
    tests("NeuralNetwork", ["TensorCore", "TestSupport"], resources: [.copy("Fixtures")]),
    tests("Reporting", ["Evaluation", "RunStore", "TestSupport"]),
    tests("RunStore", ["Evaluation", "TestSupport"]),
    tests("TensorCore", ["CKernels", "TestSupport"], resources: [.copy("Fixtures")]),
    tests(
      "Training",
      [
        "Autograd", "GradientReduction", "HTNetModel", "MicroExpressionData", "NeuralNetwork",
        "TensorCore", "TestSupport",
      ]),
  ]
)

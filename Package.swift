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

let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")

let package = Package(
  name: "swift-htnet",
  products: [
    .executable(name: "htnet", targets: ["htnet"])
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.0.0"),
  ],
  targets: [
    // Layer 0: C libraries and kernels, and the check that a caller has kept the rules.
    system("CMPILibrary", pkgConfig: "ompi-c", apt: "libopenmpi-dev"),
    system("COpenBLAS", pkgConfig: "openblas", apt: "libopenblas-dev"),
    system("CPNG", pkgConfig: "libpng", apt: "libpng-dev"),
    system("CCrypto", pkgConfig: "libcrypto", apt: "libssl-dev"),
    system("CZstd", pkgConfig: "libzstd", apt: "libzstd-dev"),
    .target(name: "CPNGReader", dependencies: ["CPNG"]),
    .target(name: "CMPI", dependencies: ["CMPILibrary"]),
    .target(name: "CKernels"),
    module("Requirements"),
    module("Wording"),
    // Layer 1
    module("Files", ["Wording"]),
    module("Console", ["Wording", logging]),
    module("Digest", ["Requirements", "CCrypto"]),
    module("TensorCore", ["Requirements", "CKernels", "COpenBLAS"]),
    module("Tasks", ["Requirements"]),
    module("Evaluation", ["Requirements"]),
    // Layer 2
    module("MPI", ["Console", "CMPI"]),
    module("Safetensors", ["Requirements", "Files"]),
    module("Autograd", ["Requirements", "TensorCore"]),
    module(
      "Datasets",
      [
        "Requirements", "Wording", "Evaluation", "TensorCore", "Digest", "Files", "CPNGReader",
        "CPNG",
      ]),
    // Layer 3
    module("Collectives", ["Requirements", "MPI", "TensorCore"]),
    module("Checkpointing", ["Requirements", "Safetensors", "Tasks", "Digest", "Files", "CZstd"]),
    module("NeuralNetwork", ["Requirements", "Autograd", "TensorCore"]),
    // Layer 4
    module("RunStore", ["Checkpointing", "Evaluation", "Tasks", "Digest", "Files"]),
    module(
      "HTNetModel", ["Requirements", "NeuralNetwork", "Autograd", "Safetensors", "TensorCore"]),
    // Layer 5
    module(
      "Training",
      [
        "Requirements", "HTNetModel", "NeuralNetwork", "Checkpointing", "Collectives", "Datasets",
        "Autograd", "Safetensors", "MPI", "Tasks", "TensorCore", "Digest", "Files",
      ]),
    module(
      "Inspection",
      ["RunStore", "Checkpointing", "Safetensors", "Tasks", "Digest", "Files", "Wording"]),
    module("Reporting", ["RunStore", "Evaluation", "Tasks", "Files", "Wording"]),
    module("Supervision", ["RunStore", "Tasks", "Console", "Wording"]),
    // Layer 6
    module(
      "Configuration",
      [
        "Training", "HTNetModel", "RunStore", "Checkpointing", "Datasets", "Safetensors",
        "Evaluation", "Tasks", "TensorCore", "Files", "Wording",
        .product(name: "Yams", package: "Yams"),
      ]),
    // Layer 7
    module(
      "Job",
      [
        "Training", "Configuration", "HTNetModel", "RunStore", "NeuralNetwork", "Checkpointing",
        "Datasets", "Safetensors", "Tasks", "TensorCore", "Console", "Digest", "Files", "Wording",
      ]),
    // Layer 8
    module(
      "Cluster",
      [
        "Job", "Training", "Configuration", "HTNetModel", "RunStore", "NeuralNetwork",
        "Checkpointing", "Collectives", "Datasets", "Safetensors", "MPI", "Tasks", "TensorCore",
        "Console", "Files", "Wording", logging,
      ]),
    // Layer 9
    .executableTarget(
      name: "htnet",
      dependencies: [
        "Cluster", "Job", "Supervision", "Training", "Configuration", "Reporting", "Inspection",
        "HTNetModel", "RunStore", "NeuralNetwork", "Datasets", "Safetensors", "Tasks",
        "TensorCore", "Console", "Files", "Wording", argumentParser,
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "htnet-bench",
      dependencies: [
        "Cluster", "Job", "Training", "HTNetModel", "NeuralNetwork", "Checkpointing", "Collectives",
        "Datasets", "Autograd", "MPI", "Tasks", "TensorCore", "Console", "COpenBLAS",
        argumentParser,
      ],
      swiftSettings: strict),
    // Layer 0, for tests alone
    .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: strict),
    // Tests
    tests("Autograd", ["TestSupport", "TensorCore"]),
    tests("Safetensors", ["TestSupport"]),
    tests("Checkpointing", ["TestSupport", "Safetensors", "Tasks"]),
    .testTarget(
      name: "CommandLineTests",
      dependencies: [
        "Cluster", "Job", "Training", "TestSupport", "htnet", "HTNetModel", "RunStore",
        "Collectives", "Datasets", "Safetensors", "MPI", "TensorCore", "Console", "Digest",
      ], exclude: ["Fixtures"], swiftSettings: strict),
    .testTarget(
      name: "DamageTests",
      dependencies: [
        "Configuration", "Reporting", "HTNetModel", "RunStore", "NeuralNetwork", "Datasets",
        "Safetensors", "Evaluation", "Tasks", "TensorCore", "Digest", "Files",
      ], swiftSettings: strict),
    tests("Configuration", ["TestSupport", "Datasets", "Evaluation", "TensorCore"]),
    tests("Cluster", ["Job"]),
    tests("Console", [logging]),
    tests("Digest", ["TestSupport"]),
    tests("Evaluation", ["TestSupport"]),
    tests("Files", ["TestSupport"]),
    tests("Tasks", ["TestSupport"]),
    tests("Collectives", ["TestSupport", "MPI", "TensorCore", "Console"]),
    tests(
      "HTNetModel", ["TestSupport", "NeuralNetwork", "Autograd", "Safetensors", "TensorCore"],
      resources: [.copy("Fixtures")]),
    tests("MPI", ["TestSupport", "Console"]),
    tests("Datasets", ["TestSupport", "Safetensors"], resources: [.copy("Fixtures")]),
    tests("NeuralNetwork", ["TestSupport", "TensorCore"], resources: [.copy("Fixtures")]),
    tests("Reporting", ["TestSupport", "RunStore", "Evaluation", "Tasks"]),
    tests("RunStore", ["TestSupport", "Evaluation", "Tasks"]),
    tests("TensorCore", ["TestSupport", "CKernels"], resources: [.copy("Fixtures")]),
    tests(
      "Training",
      [
        "TestSupport", "HTNetModel", "NeuralNetwork", "Checkpointing", "Collectives", "Datasets",
        "Autograd", "MPI", "Tasks", "TensorCore", "Digest", "Files",
      ]),
  ]
)

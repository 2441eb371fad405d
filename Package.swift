// swift-tools-version: 6.2
import PackageDescription

/// Warnings stop the build where CI asks for it, never on a user's newer compiler.
let strict: [SwiftSetting] =
  Context.environment["HTNET_WARNINGS_AS_ERRORS"] == "1" ? [.treatAllWarnings(as: .error)] : []

/// The MPI to build with: `HTNET_MPI=mpich` asks for MPICH, nothing for Open MPI. What pkg-config says of
/// it decides which mpi.h and which library are used; `CMPI.c` compares.
let mpiName = Context.environment["HTNET_MPI"] ?? "openmpi"
let mpi: (pkgConfig: String, apt: String)
switch mpiName {
case "", "openmpi": mpi = ("ompi-c", "libopenmpi-dev")
case "mpich": mpi = ("mpich", "libmpich-dev")
default:
  fatalError("HTNET_MPI is \"\(mpiName)\": it may be openmpi, which is the default, or mpich")
}

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
    system("CMPILibrary", pkgConfig: mpi.pkgConfig, apt: mpi.apt),
    system("COpenBLAS", pkgConfig: "openblas", apt: "libopenblas-dev"),
    system("CPNG", pkgConfig: "libpng", apt: "libpng-dev"),
    system("CCrypto", pkgConfig: "libcrypto", apt: "libssl-dev"),
    system("CZstd", pkgConfig: "libzstd", apt: "libzstd-dev"),
    .target(name: "CPNGReader", dependencies: ["CPNG"]),
    .target(
      name: "CMPI", dependencies: ["CMPILibrary"],
      cSettings: mpiName == "mpich" ? [.define("HTNET_MPICH")] : []),
    .target(name: "CKernels"),
    module("Requirements"),
    module("Wording"),
    // Layer 1
    module("Files", ["Wording"]),
    module("Console", ["Wording", logging]),
    module("Digest", ["Requirements", "CCrypto"]),
    module("Elementary", ["Requirements", "CKernels"]),
    module("Threads", ["Requirements", "CKernels"]),
    module("Matrices", ["Requirements"]),
    module("Tasks", ["Requirements"]),
    module("Plots", ["Wording"]),
    module("TensorBoard"),
    // Layer 2
    module("Evaluation", ["Requirements", "Elementary", "Digest"]),
    module("Random", ["Requirements", "Elementary"]),
    module("MPI", ["Files", "Console", "CMPI"]),
    module("Safetensors", ["Requirements", "Files"]),
    // Layer 3
    module("Compute", ["Requirements", "Random"]),
    module("Statistics", ["Requirements", "Evaluation", "Random"]),
    module(
      "Datasets",
      [
        "Requirements", "Wording", "Evaluation", "Elementary", "Random", "Digest", "Files",
        "CPNGReader", "CPNG",
      ]),
    module("Checkpointing", ["Requirements", "Safetensors", "Tasks", "Digest", "Files", "CZstd"]),
    module("Lifelines", ["MPI", "Console", "Wording"]),
    // Layer 4
    module("Autograd", ["Requirements", "Compute"]),
    module(
      "Kernels",
      [
        "Requirements", "Compute", "Matrices", "Threads", "Random", "Elementary", "CKernels",
        "COpenBLAS",
      ]),
    module("DataInspection", ["Datasets", "Evaluation", "Wording"]),
    module(
      "RunStore",
      ["Checkpointing", "Evaluation", "Tasks", "TensorBoard", "Digest", "Files", "Wording"]),
    // Layer 5
    module("Collectives", ["Requirements", "MPI", "Kernels", "Matrices", "Compute"]),
    module(
      "NeuralNetwork",
      ["Requirements", "Autograd", "Compute", "Matrices", "Threads", "Random", "Elementary"]),
    module(
      "Inspection",
      ["RunStore", "Checkpointing", "Safetensors", "Tasks", "Digest", "Files", "Wording"]),
    module(
      "Reporting",
      ["RunStore", "Statistics", "Evaluation", "Tasks", "Files", "Wording", "Plots"]),
    module("Supervision", ["RunStore", "Tasks", "MPI", "Lifelines", "Console", "Wording"]),
    // Layer 6
    module(
      "Watching",
      ["Reporting", "RunStore", "Evaluation", "Tasks", "Files", "Wording"]),
    module(
      "HTNetModel",
      [
        "Requirements", "NeuralNetwork", "Autograd", "Kernels", "Compute", "Matrices", "Random",
        "Safetensors",
      ]),
    // Layer 7
    module(
      "Training",
      [
        "Requirements", "HTNetModel", "NeuralNetwork", "Autograd", "Kernels", "Compute", "Matrices",
        "Random", "Collectives", "MPI", "Checkpointing", "Safetensors", "Datasets", "Tasks",
        "Digest", "Files",
      ]),
    // Layer 8
    module(
      "Configuration",
      [
        "Training", "HTNetModel", "Kernels", "RunStore", "Checkpointing", "Safetensors", "Datasets",
        "Evaluation", "Tasks", "Digest", "Files", "Wording",
        .product(name: "Yams", package: "Yams"),
      ]),
    // Layer 9
    module(
      "Job",
      [
        "Configuration", "Training", "HTNetModel", "NeuralNetwork", "Kernels", "RunStore",
        "Checkpointing", "Safetensors", "Datasets", "Tasks", "TensorBoard", "Console", "Digest",
        "Files", "Wording",
      ]),
    module(
      "Prediction",
      [
        "Configuration", "Training", "HTNetModel", "NeuralNetwork", "Kernels", "Datasets",
        "Safetensors", "Evaluation", "Wording",
      ]),
    // Layer 10
    module(
      "Cluster",
      [
        "Job", "Configuration", "Training", "HTNetModel", "NeuralNetwork", "Kernels", "Collectives",
        "MPI", "Lifelines", "RunStore", "Checkpointing", "Safetensors", "Datasets", "Tasks",
        "Console", "Digest", "Files", "Wording", logging,
      ]),
    module(
      "Planning",
      [
        "Job", "Configuration", "Training", "HTNetModel", "NeuralNetwork", "Kernels", "Collectives",
        "Safetensors", "Datasets", "MPI", "RunStore", "Tasks", "Wording",
      ]),
    // Layer 11
    .executableTarget(
      name: "htnet",
      dependencies: [
        "Cluster", "Job", "Supervision", "Training", "Configuration", "Reporting", "Watching",
        "Inspection",
        "DataInspection", "Planning", "Prediction", "MPI",
        "HTNetModel", "RunStore", "Checkpointing", "NeuralNetwork", "Datasets", "Safetensors",
        "Evaluation", "Tasks",
        "Kernels", "Console", "Files", "Wording", argumentParser,
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "htnet-bench",
      dependencies: [
        "Cluster", "Job", "Training", "HTNetModel", "NeuralNetwork", "Checkpointing", "Collectives",
        "Datasets", "Autograd", "MPI", "Tasks", "Random", "Threads", "Matrices", "Compute",
        "Kernels", "Console", "COpenBLAS",
        argumentParser,
      ],
      swiftSettings: strict),
    // Layer 0, for tests alone
    .target(
      name: "TestSupport", path: "Tests/TestSupport",
      swiftSettings: strict + (mpiName == "mpich" ? [.define("HTNET_MPICH")] : [])),
    // Tests
    tests("Autograd", ["TestSupport", "Random", "Matrices", "Compute", "Kernels"]),
    tests("Safetensors", ["TestSupport"]),
    tests("Checkpointing", ["TestSupport", "Safetensors", "Tasks"]),
    .testTarget(
      name: "CommandLineTests",
      dependencies: [
        "Cluster", "Job", "Prediction", "Training", "TestSupport", "htnet", "HTNetModel",
        "RunStore",
        "Collectives", "Datasets", "Safetensors", "Evaluation", "MPI", "Kernels", "Console",
        "Digest", "Tasks",
      ], exclude: ["Fixtures"], swiftSettings: strict),
    .testTarget(
      name: "DamageTests",
      dependencies: [
        "Configuration", "Reporting", "HTNetModel", "RunStore", "NeuralNetwork", "Datasets",
        "Safetensors", "Evaluation", "Tasks", "Random", "Digest", "Files",
      ], swiftSettings: strict),
    tests(
      "Configuration", ["TestSupport", "Datasets", "Tasks", "Evaluation", "Kernels", "Safetensors"]),
    tests("Cluster", ["TestSupport", "Job", "Training", "MPI", "Tasks"]),
    tests("Console", [logging]),
    tests("DataInspection", ["Datasets"]),
    tests("Digest", ["TestSupport"]),
    tests("Planning", ["TestSupport", "Job", "MPI", "RunStore", "Tasks"]),
    tests(
      "Prediction",
      [
        "TestSupport", "Training", "HTNetModel", "NeuralNetwork", "Kernels", "Datasets",
        "Safetensors", "Evaluation", "Random",
      ]),
    tests("Evaluation", ["TestSupport"]),
    tests(
      "Statistics", ["TestSupport", "Evaluation", "Random"], resources: [.copy("Fixtures")]),
    tests("Files", ["TestSupport"]),
    tests("TensorBoard"),
    tests("Watching", ["TestSupport", "RunStore", "Evaluation", "Tasks"]),
    tests("Tasks", ["TestSupport"], resources: [.copy("Fixtures")]),
    tests(
      "Collectives", ["TestSupport", "MPI", "Random", "Matrices", "Compute", "Kernels", "Console"]),
    tests(
      "HTNetModel",
      [
        "TestSupport", "NeuralNetwork", "Autograd", "Safetensors", "Random", "Matrices", "Compute",
        "Kernels",
      ],
      resources: [.copy("Fixtures")]),
    tests("Lifelines", ["TestSupport"]),
    tests("MPI", ["TestSupport", "Console"]),
    tests(
      "Datasets", ["TestSupport", "Evaluation", "Random", "Safetensors"],
      resources: [.copy("Fixtures")]),
    tests(
      "NeuralNetwork", ["TestSupport", "Matrices", "Random", "Threads", "Kernels"],
      resources: [.copy("Fixtures")]),
    tests("Reporting", ["TestSupport", "RunStore", "Statistics", "Evaluation", "Tasks"]),
    tests("Plots"),
    tests("RunStore", ["TestSupport", "Evaluation", "Tasks", "TensorBoard"]),
    tests(
      "Kernels",
      ["TestSupport", "CKernels", "Elementary", "Random", "Threads", "Matrices", "Compute"],
      resources: [.copy("Fixtures")]),
    tests(
      "Training",
      [
        "TestSupport", "HTNetModel", "NeuralNetwork", "Checkpointing", "Collectives", "Datasets",
        "Autograd", "MPI", "Tasks", "Elementary", "Random", "Matrices", "Compute", "Kernels",
        "Digest", "Files",
      ], resources: [.copy("Fixtures")]),
  ]
)

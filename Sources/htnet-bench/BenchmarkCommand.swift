import ArgumentParser

/// Measures what the trainer is made of; every figure is a median of runs measured in turn.
@main
struct BenchmarkCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "htnet-bench",
    abstract: "Measures the training step and its parts on this machine.",
    discussion: """
      Figures are medians; what is compared is measured in turn in the same run. Machines are noisy: \
      trust ratios. Use a release build: swift build -c release.
      """,
    subcommands: [
      StepBenchmark.self, ProductsBenchmark.self, OperationsBenchmark.self, ExchangeBenchmark.self,
      DataBenchmark.self, CheckpointBenchmark.self,
    ])

  func validate() throws {
    #if DEBUG
      throw ValidationError("a debug build measures nothing; use swift build -c release")
    #endif
  }
}

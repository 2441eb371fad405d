import ArgumentParser
import Cluster
import Configuration
import Foundation

struct Train: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Trains every fold, alone or under mpirun, and goes on where an earlier job stopped.",
    discussion: """
      The run directory keeps the resolved configuration, a ledger, and each fold's result. Running \
      the same command again goes on after the last finished fold; neither the number of ranks nor \
      of threads changes a bit of the results.

      Exit status: 0 all folds are finished; 2 the input cannot be used; 70 training failed; 75 \
      stopped by a signal, run the same command again.

      Examples:
        htnet train --config configs/small.yaml --data DIR --run runs/small
        mpirun -n 8 htnet train --config configs/composite.yaml --data DIR --run runs/paper \
      --set cluster.ranks_per_fold=2
        htnet train --data DIR --run runs/two --set folds.include=[sub03,006]

      Keys, with their defaults:
      \(RunConfiguration.help)
      """)

  @Option(name: .long, help: "A YAML file of keys; configs/ holds some.")
  var config: String?

  @Option(name: .long, help: "The release's directory; the same as --set data.path=DIR.")
  var data: String?

  @Option(
    name: .customLong("run"),
    help: "The run directory. Default: runs/ and the configuration file's name.")
  var directory: String?

  @Option(
    name: .customLong("set"), parsing: .singleValue,
    help: ArgumentHelp(
      "Sets a key after the file is read; may be repeated.", valueName: "key=value")
  )
  var overrides: [String] = []

  func run() throws {
    let name = config.map { (($0 as NSString).lastPathComponent as NSString).deletingPathExtension }
    let request = TrainRequest(
      configuration: config, data: data, run: directory ?? "runs/\(name ?? "default")",
      overrides: overrides)
    let status = TrainingJob.run(request, version: HTNetCommand.version)
    if status != ExitStatus.success { throw ExitCode(status) }
  }
}

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
      the same command again goes on after the last checkpoint; neither the number of ranks nor \
      of threads changes a bit of the results.

      Examples:
        htnet train --config configs/small.yaml --data DIR
        mpirun -n 8 htnet train --config configs/composite.yaml --data DIR \\
          --run runs/paper --set cluster.ranks_per_fold=2
        htnet train --config configs/small.yaml --data DIR --run runs/try \\
          --set training.epochs=5 --set folds.include=[sub03,006]

      Ctrl-C, SIGTERM and SIGUSR1 stop it after the step that runs. Under mpirun send SIGUSR1 to \
      mpirun, which gives the ranks only two seconds at the other two.

      Exit status:
        0   every fold is finished
        2   the input cannot be used; nothing was begun
        70  training failed
        75  stopped by a signal: run the same command again

      Keys of the YAML file and of --set, with their defaults:
      \(RunConfiguration.help)
      """)

  @Option(
    name: .long,
    help: ArgumentHelp("A YAML file of keys; configs/ holds some.", valueName: "file"))
  var config: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "The release's directory; the same as --set data.path=<dir>.", valueName: "dir"))
  var data: String?

  @Option(
    name: .customLong("run"),
    help: ArgumentHelp(
      "The run directory. Default: runs/ and the configuration file's name.", valueName: "dir"))
  var directory: String?

  @Option(
    name: .customLong("set"), parsing: .singleValue,
    help: ArgumentHelp(
      "Sets a key over the file; may be repeated.", valueName: "key=value")
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

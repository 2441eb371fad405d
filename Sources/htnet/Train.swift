import ArgumentParser
import Cluster
import Configuration
import Console
import Files
import Foundation
import Job
import RunStore
import Supervision
import Wording

struct Train: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Trains every fold, alone or under mpirun, and goes on where an earlier job stopped.",
    discussion: """
      A fold is the training that leaves one subject out and tests on it. The run directory keeps the \
      configuration with every key, a ledger of what was done, and each fold's result. The same command \
      goes on after the last checkpoint. Neither the number of ranks, the processes that mpirun starts, \
      nor that of threads changes a bit of the results.

      Examples:
        htnet train --config configs/small.yaml --data DIR
        mpirun -n 8 htnet train --config configs/composite.yaml --data DIR \\
          --run runs/paper --set cluster.ranks_per_fold=2
        htnet train --config configs/small.yaml --data DIR --run runs/try \\
          --set training.epochs=5 --set folds.include=[sub03,006]

      Several seeds, and all combinations of some keys' values, in one run:
        htnet train --config configs/small.yaml --data DIR --run runs/study \\
          --set training.seeds=1,2,3 --set 'study={model.dim: [32, 48]}'

      With --restarts, and without mpirun before it, htnet starts mpirun itself, and starts it again \
      when the job dies or makes no progress, until every fold is finished:
        htnet train --restarts 20 --ranks 8 --config configs/small.yaml --data DIR

      One job at a time uses a run directory; a second one is refused.

      Ctrl-C, SIGTERM, SIGUSR1 and SIGHUP stop it after the step that runs, with checkpoints, or at once \
      while it reads its input without mpirun. Under Open MPI's mpirun send SIGUSR1 to mpirun: at Ctrl-C \
      and SIGTERM it ends the ranks after two seconds, which may be too short for a checkpoint.

      Exit status:
        0   every fold is finished
        2   the input cannot be used; nothing was begun
        70  training failed
        73  another job uses the run directory
        74  results cannot be written, or a file that is there not be read:
            the disk is full, say, or a permission is missing
        75  stopped by a signal: run the same command again
        76  every fold is finished but those that failed: their loss, gradient
            or test logits were not finite

      Keys of the YAML file and of --set, with their defaults:
      \(RunConfiguration.help)
        study = (none)
            settings to train in one run: a mapping of keys to lists of values, all combinations of which \
      are trained, or a list of settings, as [{name: wide, model.dim: 64}]
      """)

  private static let defaultStallDeadline = 900.0

  @Option(
    name: .long,
    help: ArgumentHelp(
      "A YAML file of keys, or a pipe that gives one; configs/ holds some. Default: none, which is the "
        + "paper's model and training.", valueName: "file"))
  var config: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "The data's directory, or a manifest: a table of the clips. The same as --set data.path=<dir>.",
      valueName: "dir"))
  var data: String?

  @Option(
    name: .customLong("run"),
    help: ArgumentHelp(
      "The run directory. Default: runs/ and the configuration file's name; runs/default "
        + "without one. With a pipe for --config it must be named.", valueName: "dir"))
  var directory: String?

  @Option(
    name: .customLong("set"), parsing: .singleValue,
    help: ArgumentHelp(
      "Sets a key, whatever the file says; may be repeated; of one key the last counts.",
      valueName: "key=value")
  )
  var overrides: [String] = []

  // Numbers below 0 look like options, and get a message of their own.
  @Option(
    name: .long, parsing: .unconditional,
    help: ArgumentHelp(
      "Start mpirun, and start it again up to N times if the job dies or makes no progress; "
        + "0: start it once.", valueName: "N"))
  var restarts: Int?

  @Option(
    name: .long, parsing: .unconditional,
    help: ArgumentHelp(
      "With --restarts: ranks to start. Default: all that mpirun finds, as in a Slurm allocation.",
      valueName: "R"))
  var ranks: Int?

  @Option(
    name: .long, parsing: .unconditional,
    help: ArgumentHelp(
      "With --restarts: more arguments for mpirun, separated by spaces, as "
        + "--mpirun-args=\"--oversubscribe --bind-to none\".", valueName: "arguments"))
  var mpirunArgs: String?

  @Option(
    name: .long, parsing: .unconditional,
    help: ArgumentHelp(
      "With --restarts: end and restart a job that has made no progress for so long. Default: "
        + "\(Int(defaultStallDeadline)).",
      valueName: "seconds"))
  var stallDeadline: Double?

  func validate() throws {
    for name in ["--config", "--data", "--run", "--restarts", "--ranks", "--stall-deadline"] {
      let given = CommandLine.arguments.count { $0 == name || $0.hasPrefix(name + "=") }
      if given > 1 { throw ValidationError("\(name) is given \(given) times; give it once") }
    }
    if restarts == nil, ranks != nil || mpirunArgs != nil || stallDeadline != nil {
      throw ValidationError("--ranks, --mpirun-args and --stall-deadline need --restarts")
    }
    if let restarts, restarts < 0 { throw ValidationError("--restarts \(restarts) is below 0") }
    if let ranks, ranks < 1 { throw ValidationError("--ranks \(ranks) is below 1") }
    if let stallDeadline, !(stallDeadline > 0) {
      throw ValidationError("--stall-deadline \(stallDeadline) is not above 0")
    }
    if restarts != nil, Launcher().startsRanks {
      throw ValidationError(
        "--restarts starts mpirun by itself: leave out the mpirun or srun before htnet")
    }
  }

  /// Whether a configuration comes through a pipe, whose path is no name for a run: it is a number.
  static func isPipe(_ config: String) throws -> Bool {
    do {
      try FileKind.requireFile(config)
      return false
    } catch let error as FileError where error.instead == "a pipe" {
      return true
    }
  }

  /// The run directory where --run names none.
  static func defaultRun(_ config: String?) -> String {
    guard let config else { return "runs/default" }
    return "runs/" + ((config as NSString).lastPathComponent as NSString).deletingPathExtension
  }

  func run() throws {
    for (name, value) in [("--config", config), ("--data", data), ("--run", directory)]
    where value == "" {
      throw ConfigurationError(name, "is empty: name a path, or leave the option out")
    }
    for (name, value) in [("--config", config), ("--run", directory)] {
      guard let control = value?.firstControl else { continue }
      throw ConfigurationError(name, "holds the control character \(control); leave it out")
    }
    if directory == nil, let config, try Self.isPipe(config) {
      throw ConfigurationError(
        config, "is a pipe, whose name is none for a run: name the run's directory with --run")
    }
    let request = TrainRequest(
      configuration: config, data: data,
      run: directory ?? Self.defaultRun(config),
      overrides: overrides)
    let status: Int32
    if let restarts {
      do {
        try Console.shared.open(Terminal(Launcher()))
      } catch {
        throw ValidationError("\(error)")
      }
      status = Supervisor(
        request.arguments, run: RunDirectory(request.run),
        .init(
          restarts: restarts, ranks: ranks,
          mpirunArguments: (mpirunArgs ?? "").split(separator: " ").map(String.init),
          stallDeadline: stallDeadline ?? Self.defaultStallDeadline)
      ).supervise()
    } else {
      status = TrainingJob.run(request, version: HTNetCommand.version)
    }
    if status != ExitStatus.success { throw ExitCode(status) }
  }
}

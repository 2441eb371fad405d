import ArgumentParser
import Configuration
import Console
import Foundation
import Job
import MPI
import Planning
import Wording

struct Plan: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "Says what a job will take, without training: time, memory, checkpoints, jobs.",
    discussion: """
      Reads configuration and data as htnet train would, trains some seconds of each kind of training here, \
      throws that away, and reckons. Hosts are taken to be like this one. Without --hosts each is taken to \
      hold as many ranks as this one's cores can, and where this one cannot hold all, HOSTFILE stands in the \
      line for mpirun. A rank is a process that mpirun starts.

      Ends with two lines that start the job: for mpirun, and for Slurm by cluster/htnet.sbatch \
      ($HTNET_CLUSTER/htnet.sbatch where that is set). Both name this program as it was called, and the run \
      directory that htnet train takes by default: put another in its place where you want one.

      Examples:
        htnet plan --config configs/composite.yaml --data DIR --ranks 16:4 \\
          --walltime 8:00:00
        htnet plan --config configs/composite.yaml --data DIR --hosts cluster/hostfile
        htnet plan --config configs/composite.yaml --data DIR --ranks 32 \\
          --from runs/first
      """)

  @OptionGroup var input: DataCommand.Input

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Ranks of the job, and threads of each. Default: one rank, or all that --hosts has room for, of one "
        + "thread each.", valueName: "N[:threads]"))
  var ranks: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "The hosts: lines of the form node1 slots=2, or node1:2.", valueName: "file"))
  var hosts: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "What one job may take, as 8:00:00. The Slurm template has it stop \(JobTime.notice) s before that is "
        + "over.", valueName: "h:mm:ss"))
  var walltime: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "A run of the same model and data on such hosts: its ledger says how fast its ranks and groups of "
        + "ranks were, and only memory is measured.", valueName: "run"))
  var from: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Seconds that measuring takes in all; with --from they do not matter.", valueName: "seconds"))
  var calibration = 10.0

  func run() throws {
    let hosts = try hosts.map(HostFile.init)
    let ranks = self.ranks ?? "\(hosts?.slots ?? 1)"
    let parts = ranks.split(separator: ":", omittingEmptySubsequences: false).map { Int($0) }
    guard (1...2).contains(parts.count), let count = parts[0],
      let threads = parts.count == 2 ? parts[1] : 1,
      (1...1_000_000).contains(count), (1...1024).contains(threads)
    else {
      throw ValidationError("--ranks \(ranks) is not of the form N or N:threads, such as 16:4")
    }
    guard calibration > 0, calibration <= 3600 else {
      throw ValidationError("--calibration \(calibration) is not above 0 and at most 3600")
    }
    if let hosts, count > hosts.slots {
      throw ValidationError(
        "--ranks \(ranks): \(hosts.path) has room for \(counted(hosts.slots, "rank"))")
    }
    let plan = try input.plan()
    let forecast = try JobForecast(
      plan,
      .init(ranks: count, threads: threads, wallTime: try walltime.map(Self.jobTime), hosts: hosts),
      seconds: calibration,
      earlier: try from.map { try LedgerSpeed($0, for: plan, threads: threads) })
    var request = TrainRequest(
      configuration: input.config, data: plan.configuration.data.path,
      run: Train.defaultRun(input.config), overrides: input.overrides)
    let isPiped = try input.config.map(Train.isPipe) ?? false
    if isPiped {
      request.configuration = "CONFIG.yaml"
      request.run = "runs/NAME"
    }
    let templates = ProcessInfo.processInfo.environment["HTNET_CLUSTER"] ?? "cluster"
    print(forecast.text(request, program: CommandLine.arguments[0], templates: templates))
    if isPiped {
      print("--config is a pipe: put the file's name for CONFIG.yaml, and the run's for NAME")
    }
  }

  /// `8:00:00`, `30:00`.
  private static func jobTime(_ text: String) throws -> JobTime {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map { Int($0) }
    guard (2...3).contains(parts.count), parts.allSatisfy({ ($0 ?? -1) >= 0 }),
      parts.dropFirst().allSatisfy({ ($0 ?? 60) < 60 })
    else { throw ValidationError("--walltime \(text) is not of the form h:mm:ss, such as 8:00:00") }
    let seconds = parts.reduce(0) { 60 * $0 + ($1 ?? 0) }
    guard seconds > 0 else { throw ValidationError("--walltime \(text) is no time") }
    guard let time = JobTime(seconds: Double(seconds)) else {
      throw ValidationError(
        "--walltime \(text) leaves nothing to train: cluster/htnet.sbatch has a job stop \(JobTime.notice) s "
          + "before its end; give more, or plan without --walltime and submit with a shorter notice, such as "
          + "sbatch --signal=B:USR1@60 for 60 s")
    }
    return time
  }
}

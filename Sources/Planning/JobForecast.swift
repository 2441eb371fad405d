import Configuration
import Foundation
import HTNetModel
import Job
import MPI
import Tasks
import Wording

/// What a job will take, before it is begun.
public struct JobForecast: Sendable {
  /// A kind of task, as its speed goes.
  private struct Kind: Equatable {
    let configuration: RunConfiguration
    let isInner: Bool
  }

  /// What the job is to run on.
  public struct Placement: Sendable {
    public let ranks: Int
    public let threads: Int
    /// What one job may take; nil: any time.
    public let wallTime: JobTime?
    /// nil: as many ranks a host as this one's cores can hold.
    public let hosts: HostFile?

    public init(ranks: Int, threads: Int, wallTime: JobTime?, hosts: HostFile? = nil) {
      self.ranks = ranks
      self.threads = threads
      self.wallTime = wallTime
      self.hosts = hosts
    }

    /// Cores of this host.
    var cores: Int { max(1, MachineFacts.allowedCores.count) }

    /// Threads of a rank that can be tried here.
    var measuredThreads: Int { min(threads, cores) }

    /// Ranks of one host, at most.
    var ranksOnHost: Int {
      let most = max(1, cores / max(threads, 1))
      return min(ranks, hosts?.mostSlots ?? most)
    }

    /// Hosts that hold all ranks, with so many each.
    var hostCount: Int { (ranks + ranksOnHost - 1) / ranksOnHost }

    /// Whether the job needs other hosts than this one, and none are named.
    var lacksHosts: Bool { hosts == nil && ranks * threads > cores }
  }

  private let plan: RunPlan
  private let placement: Placement
  private let groups: RankGroups
  private let forecast: Forecast
  private let calibrations: [Calibration]
  /// An earlier run whose speed counts instead; nil: none.
  private let earlier: LedgerSpeed?
  /// Bytes of one checkpoint of the largest model, before compression.
  private let checkpointBytes: Int
  /// Bytes that a rank sends in a step of the largest model; 0: a fold is trained by one rank.
  private let sentBytes: Int
  private let speeds: GroupSpeeds

  /// Measures this host, and reckons.
  ///
  /// - Parameters:
  ///   - seconds: That measuring may take in all.
  ///   - earlier: A run whose speed is known; then only the memory is measured.
  /// - Throws: `RankGroupsError`, or what training throws.
  public init(
    _ plan: RunPlan, _ placement: Placement, seconds: Double, earlier: LedgerSpeed? = nil
  ) throws {
    self.plan = plan
    self.placement = placement
    self.earlier = earlier
    let speeds = earlier?.groups ?? GroupSpeeds()
    self.speeds = speeds
    groups = try RankGroups(
      worldSize: placement.ranks, plan.configuration.cluster, folds: plan.tasks.count,
      gradientShards: plan.fewestShards)
    var kinds: [(kind: Kind, task: PlannedTask)] = []
    func kind(_ task: PlannedTask) -> Kind {
      var configuration = task.configuration
      configuration.training.seed = 0
      return Kind(configuration: configuration, isInner: task.key.inner != nil)
    }
    for task in plan.tasks where !kinds.contains(where: { $0.kind == kind(task) }) {
      kinds.append((kind(task), task))
    }
    // As many at once as the job has on a host, if this one can hold them.
    let most = max(1, placement.cores / max(placement.threads, 1))
    calibrations = try kinds.map {
      try Calibration(
        $0.task, plan, ranks: min(placement.ranksOnHost, most),
        threads: placement.measuredThreads,
        seconds: earlier == nil ? seconds / Double(kinds.count) : 0)
    }
    var costs: [Double] = []
    for task in plan.tasks {
      let mine = kind(task)
      let place = kinds.firstIndex { $0.kind == mine } ?? 0
      costs.append(
        Double(task.samples)
          * (earlier?.secondsPerSample(task.key) ?? calibrations[place].secondsPerSample))
    }
    let trainers = groups.groups.reduce(0) { $0 + $1.ranks.count }
    forecast =
      groups.isElastic
      ? Forecast(tasks: costs, ranks: trainers, speeds.speedup(mostRanks: plan.fewestShards))
      : Forecast(tasks: costs, speeds: groups.groups.map { speeds($0.ranks.count) })
    let models = try plan.settings.map { try HTNet($0.setting.configuration.model).layout }
    let largest = models.max { $0.weightCount < $1.weightCount }
    let usesAverage = plan.settings.contains { $0.setting.configuration.training.ema > 0 }
    checkpointBytes = (usesAverage ? 16 : 12) * (largest?.weightCount ?? 0)
    let size = groups.groups.first?.ranks.count ?? 1
    // The gradient and the weights once each, but for the rank's own part.
    sentBytes = 2 * 4 * (largest?.gradientCount ?? 0) * (size - 1) / size
  }

  /// By how much the time may be off, as a share: what the ranks differed by, and a twentieth for what
  /// is not measured.
  private var error: Double {
    (earlier?.spread ?? calibrations.map(\.spread).max() ?? 0) + 0.05
  }

  /// For people, a line each.
  ///
  /// - Parameters:
  ///   - request: What `htnet train` is to be asked for.
  ///   - program: This one, as it was called.
  ///   - templates: The directory of the job templates.
  public func text(_ request: TrainRequest, program: String, templates: String) -> String {
    var lines: [(String, String)] = []
    lines.append(
      (
        "trainings",
        "\(plan.tasks.count), of \(counted(Set(plan.tasks.map(\.key.split)).count, "fold"))"
      ))
    lines.append(
      (
        "ranks",
        "\(placement.ranks), each with \(counted(placement.threads, "thread")): "
          + groupSizes
      ))
    if !largerSizes.isEmpty { lines.append(("speedup", speeds.text(sizes: largerSizes))) }
    if let hosts = placement.hosts {
      let names = hosts.hosts.prefix(4).map { "\($0.name) (\($0.slots))" }.joined(separator: ", ")
      lines.append(
        ("hosts", "\(hosts.hosts.count): \(names)\(hosts.hosts.count > 4 ? ", …" : "")"))
    } else if placement.lacksHosts {
      lines.append(
        (
          "hosts",
          "\(placement.hostCount) with \(counted(placement.ranksOnHost * placement.threads, "core")) each, "
            + "where this one has \(placement.cores): put a file that names them, as --hosts takes it, "
            + "for \(StartLines.hostFile) below"
        ))
    }
    let margin = forecast.seconds * error
    lines.append(
      (
        "time",
        "\(duration(forecast.seconds)) ± \(duration(max(margin, 1))), by \(source)"
      ))
    lines.append(
      (
        "waves",
        "\(decimals(Double(plan.tasks.count) / Double(atOnce), 1)) trainings a group; "
          + (groups.isElastic ? "ranks without one join others; they " : "ranks ")
          + "have nothing to do \(decimals(100 * forecast.idle, 1))% of the time"
      ))
    lines.append(
      (
        "core-hours",
        decimals(
          forecast.seconds / 3600 * Double(placement.ranks * placement.threads), 2)
      ))
    lines.append(
      (
        "memory",
        megabytes(bytesPerRank) + " a rank, "
          + megabytes(bytesPerRank * Double(placement.ranksOnHost))
          + " on a host of \(counted(placement.ranksOnHost, "rank"))"
      ))
    lines.append(
      (
        "checkpoints",
        megabytes(Double(checkpointBytes)) + " before compression, "
          + "\(plan.configuration.checkpoint.keep) of each running fold: "
          + megabytes(
            Double(checkpointBytes * plan.configuration.checkpoint.keep * atOnce))
      ))
    lines.append(
      (
        "network",
        sentBytes == 0
          ? "no exchange while a fold is trained"
          : megabytes(Double(sentBytes)) + " sent by a rank in each step"
      ))
    lines.append(("groups", recommendation))
    for warning in groups.warnings(tasks: plan.tasks.count) { lines.append(("warning", warning)) }
    if let wallTime = placement.wallTime {
      lines.append(("jobs", wallTime.jobs(training: forecast.seconds * (1 + error))))
    }
    let width = lines.map(\.0.count).max() ?? 0
    return lines.map { $0.0.padding(toLength: width + 2, withPad: " ", startingAt: 0) + $0.1 }
      .joined(separator: "\n")
      + "\n\n" + StartLines(request, program: program, templates: templates, placement).text
  }

  /// Trainings that run at the same time at first.
  private var atOnce: Int { max(1, min(groups.groups.count, plan.tasks.count)) }

  /// How many groups there are of how many ranks, the largest first.
  private var groupSizes: String {
    Dictionary(grouping: groups.groups, by: \.ranks.count).sorted { $0.key > $1.key }
      .map { "\(counted($0.value.count, "group")) of \(counted($0.key, "rank"))" }
      .joined(separator: " and ")
  }

  /// Sizes above 1 of which groups may be.
  private var largerSizes: [Int] {
    guard groups.isElastic else {
      return Set(groups.groups.map(\.ranks.count)).filter { $0 > 1 }.sorted()
    }
    let most = min(plan.fewestShards, groups.groups.reduce(0) { $0 + $1.ranks.count })
    return Array(sequence(first: 2) { 2 * $0 }.prefix { $0 <= most })
  }

  /// Where the speed is from.
  private var source: String {
    if let earlier {
      return "the ledger of \(earlier.run): \(counted(earlier.trainings, "training")) in one go"
    }
    return "training here with \(counted(calibrations.first?.ranks ?? 1, "rank")) at once: "
      + calibrations.map { "\(decimals(1 / $0.secondsPerSample, 0))" }.joined(separator: ", ")
      + " samples/s a rank"
      + (placement.measuredThreads == placement.threads
        ? ""
        : " of \(counted(placement.measuredThreads, "thread")), as this host has no more cores; "
          + "\(placement.threads) are faster")
  }

  private var bytesPerRank: Double { calibrations.map(\.bytesPerRank).max() ?? 0 }

  /// With how many ranks a fold the job ends first.
  private var recommendation: String {
    let perFold = groups.groups.first?.ranks.count ?? 1
    if groups.isElastic {
      return "best chosen while it runs, as cluster.ranks_per_fold=auto does; "
        + "\(counted(perFold, "rank")) a fold at first"
    }
    let costs = plan.tasks.map { Double($0.samples) }
    var best = (
      value: "auto",
      seconds: Forecast(
        tasks: costs, ranks: placement.ranks, speeds.speedup(mostRanks: plan.fewestShards)
      ).seconds
    )
    var size = 1
    var own = Double.infinity
    while size <= min(plan.fewestShards, placement.ranks) {
      let each = stride(from: 0, to: placement.ranks, by: size).map {
        speeds(min(size, placement.ranks - $0))
      }
      let seconds = Forecast(tasks: costs, speeds: each).seconds
      if size == perFold { own = seconds }
      // Not for less than what is not measured.
      if seconds < 0.95 * best.seconds { best = ("\(size)", seconds) }
      size *= 2
    }
    if own <= best.seconds / 0.95 { return "\(counted(perFold, "rank")) a fold, as asked" }
    return
      "\(counted(perFold, "rank")) a fold, as asked; cluster.ranks_per_fold=\(best.value) is faster"
  }

  private func megabytes(_ bytes: Double) -> String {
    bytes >= 1e9 ? "\(decimals(bytes / 1e9, 1)) GB" : "\(decimals(bytes / 1e6, 1)) MB"
  }
}

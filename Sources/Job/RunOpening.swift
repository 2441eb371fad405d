import Checkpointing
import Configuration
import Digest
import Files
import Foundation
import Kernels
import RunStore
import Tasks
import Training
import Wording

/// A run directory that this job may go on with.
public struct RunOpening {
  public let directory: RunDirectory
  public let claim: RunClaim
  /// Tasks that an earlier job has finished.
  public let finished: Set<TaskKey>
  /// Folds that an earlier job has seen fail.
  public let failed: FailedFolds
  /// The ledger's lines of earlier jobs.
  let records: [LedgerRecord]
  /// Whether this job trains more settings or seeds than the run had.
  private let grows: Bool

  /// Opens or begins the run, and refuses to mix two.
  ///
  /// - Throws: `RunError` if the directory holds a run of another format, of another configuration or
  ///   of other data; it names the keys that differ. `FileError` if the disk
  ///   is full or fails. `CannotRead` if the configuration, the ledger or a result cannot be read,
  ///   `NewerCheckpointFormat` if only a newer program can read a fold's checkpoints.
  init(_ claim: RunClaim, _ plan: RunPlan, warn: (String) -> Void) throws {
    self.claim = claim
    directory = claim.directory
    let path = directory.path
    try Self.read(directory.removeLeftovers)
    let ledger = try Self.read(directory.ledger)
    records = ledger.records
    if let text = records.passedOver(directory.ledgerPath) { warn(text) }
    try Self.read { [directory] in try directory.settleConfiguration(ledger) }
    if let format = ledger.format, let obstacle = RunFormat.obstacle(format) {
      throw RunError(
        path,
        "holds a run of format \(format), with which this htnet, of format \(RunFormat.newest), does "
          + "not go on: \(obstacle); name another directory with --run, or finish it with the earlier "
          + "htnet that began it")
    }
    try Self.read { [directory] in try directory.requireLedger(ledger) }
    guard try Self.read({ [directory] in try directory.holdsRun }) else {
      guard ledger.records.isEmpty else {
        throw RunError(
          directory.configurationPath,
          "is missing beside a ledger with records; restore it, or "
            + "name another directory with --run")
      }
      finished = []
      failed = .none
      grows = false
      return
    }
    let earlier: RunConfiguration
    do {
      earlier = try RunConfiguration(
        yaml: try Self.read(directory.configuration), file: directory.configurationPath)
    } catch let error as ConfigurationError {
      throw RunError(
        path, "holds a run whose configuration cannot be read (\(error)); name another with --run")
    }
    let differences = plan.configuration.differences(from: earlier)
    guard differences.isEmpty else {
      throw RunError(
        path,
        "holds a run of another configuration: "
          + differences.map { "\($0.key) is \($0.other) there and \($0.mine) here" }
          .joined(separator: "; ") + "; name another directory with --run"
          + (differences.map(\.key) == ["training.seed"]
            && !plan.configuration.training.seeds.isEmpty
            ? ", or begin training.seeds with the run's own seed, \(earlier.training.seed)" : ""))
    }
    try Self.read { [directory] in try directory.checkConfiguration(ledger) }
    let lastJob = ledger.lastJob
    for planned in plan.settings {
      guard let job = lastJob,
        let there = job.allSettings.first(where: { $0.key == planned.setting.key }),
        there.dataSHA256 != planned.dataSHA256
      else { continue }
      throw RunError(
        path,
        "holds a run of other data (digest \(there.dataSHA256.prefix(12))… there, "
          + "\(planned.dataSHA256.prefix(12))… here); name another directory with --run")
    }
    grows = try Self.growth(plan, earlier, path: path)
    if let there = lastJob?.initialWeightsSHA256, there != plan.initialWeightsSHA256 {
      throw RunError(
        path,
        "holds a run whose folds started from other weights: training.initial_weights is not the "
          + "file that it was; restore it, or name another directory with --run")
    }
    // Not those of a setting that is now known to be another's equal.
    let finished = try Self.read { [directory] in
      Set(try directory.finishedFolds(warn: warn).keys).intersection(plan.tasks.map(\.key))
    }
    self.finished = finished
    let kernel = try ProductKernel.best(plan.configuration.training.precision).description
    failed = try FailedFolds(
      ledger, tasks: plan.tasks.map(\.key).filter { !finished.contains($0) },
      retry: plan.configuration.training.retryFailed, cpu: MachineFacts.cpu,
      kernel: { try plan.kernel(of: plan[$0]).description })
    if let machine = lastJob?.machine, !finished.isEmpty {
      for (what, there, here) in [
        ("CPU", machine.cpu, MachineFacts.cpu), ("kernel of products", machine.kernel, kernel),
      ] where there != here {
        warn(
          "\(path): the last job ran on another \(what) (\(there)) than this one (\(here)): the last "
            + "bits of the report may differ from those of a run on one kind of machine")
      }
    }
    try Self.warnOfLostWeights(
      directory, ledger, plan.tasks.filter(\.keepsWeights).map(\.key).filter(finished.contains),
      warn)
    for task in plan.tasks where !finished.contains(task.key) {
      try Self.check(directory.checkpoints(task.key), plan.identity(of: task, kernel: ""))
    }
  }

  /// Says which finished folds have no weights, though they are to be kept.
  private static func warnOfLostWeights(
    _ directory: RunDirectory, _ ledger: Ledger, _ finished: [TaskKey], _ warn: (String) -> Void
  ) throws {
    let lost = try finished.filter {
      guard ledger.finished[$0]?.weightsKept == true else { return true }
      let path = directory.weightsPath($0)
      return try read { try FileKind.of(path) } == nil
    }
    guard !lost.isEmpty else { return }
    warn(
      "training.keep_weights is true, but \(counted(lost.count, "finished fold")) "
        + "\(lost.count == 1 ? "has" : "have") none: \(lost.named(limit: 4)); weights are kept when a "
        + "fold finishes, so train them again into another --run")
  }

  /// Reads what must not pass for missing or damaged because the disk fails.
  private static func read<Content>(_ body: () throws -> Content) throws -> Content {
    do {
      return try body()
    } catch let error as FileError where error.isOfTheSystem {
      throw CannotRead(error)
    }
  }

  /// Refuses checkpoints that are not this run's.
  private static func check(_ store: CheckpointStore, _ identity: CheckpointIdentity) throws {
    let manifest: CheckpointManifest?
    do {
      manifest = try store.manifest()
    } catch is CheckpointError, is FileError {
      // The group's business: it starts the fold anew if the manifest is damaged, and sets it aside
      // if nobody can say.
      return
    }
    guard let manifest else { return }
    do {
      try identity.check(manifest, file: store.manifestPath)
    } catch let error as CheckpointError {
      throw RunError(error.file, error.reason)
    }
  }

  /// The tasks that this job has to train, in the plan's order.
  public func open(_ plan: RunPlan) -> [PlannedTask] {
    let closed = finished.union(failed.standing.map(\.task))
    return plan.tasks.filter { !closed.contains($0.key) }
  }

  /// Writes down what the run is, before its first fold, and removes what no fold needs any more.
  ///
  /// - Returns: The SHA-256 of the configuration's file, for the ledger; `settle` lets it count.
  public func begin(_ plan: RunPlan) throws -> String {
    for task in finished { directory.checkpoints(task).removeAll() }
    if grows { return try directory.setNextConfiguration(plan.configuration.yaml) }
    if try !directory.holdsRun { try directory.setConfiguration(plan.configuration.yaml) }
    return try directory.configurationSHA256()
  }

  /// After the ledger has the job's line.
  public func settle() throws {
    if grows { try directory.settleConfiguration(directory.ledger()) }
  }
}

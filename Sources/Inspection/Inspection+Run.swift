import Files
import Foundation
import RunStore
import Safetensors
import Tasks
import Wording

extension Inspection {
  /// Looks into a run directory: which folds are finished, which have checkpoints, is all whole.
  ///
  /// - Parameters:
  ///   - epochs: Epochs of a whole training, if they are known.
  ///   - configurationSHA256: What a training's checkpoints must name, if it is known.
  /// - Throws: `RunError` if it is no run.
  public init(
    _ run: RunDirectory, epochs: (TaskKey) -> Int?,
    configurationSHA256: (LedgerRecord.JobStarted, TaskKey) -> String? = { _, _ in nil },
    _ depth: Depth
  ) throws {
    self.init()
    try run.requireRun()
    let ledger: Ledger
    do {
      ledger = try run.ledger()
    } catch {
      complain(of: error)
      return
    }
    guard let job = ledger.lastJob else {
      say("\(run.path): a run that has been prepared, but no job has begun")
      do {
        try run.requireLedger(ledger)
      } catch {
        complain(of: error)
      }
      return
    }
    var reasons: [String] = []
    let results: [TaskKey: TaskResult]
    do {
      results = try run.finishedFolds { reasons.append($0) }
    } catch {
      complain(of: error)
      return
    }
    let finished = ledger.finished
    // Asked after the ledger was read: a job that has begun since then has written nothing of it.
    let isLive = RunLock.isHeld(run)
    var folds = Inspection()
    var count = 0
    for task in job.tasks {
      if let result = results[task] {
        folds.inspect(result, finished[task], run, depth)
        count += 1
      } else if folds.inspectUnfinished(
        task, ledger, run,
        CheckpointOwner(
          task: task, configurationSHA256: configurationSHA256(job, task),
          dataSHA256: job.dataSHA256(of: task)), isLive: isLive, epochs: epochs(task), depth)
      {
        count += 1
      }
    }
    let failed = ledger.failed.keys.count { job.tasks.contains($0) && results[$0] == nil }
    say(
      "\(run.path): \(count) of \(counted(job.tasks.count, job.tasks.count > job.splits.count ? "training" : "fold")) finished"
        + (failed > 0 ? ", \(failed) failed" : "") + "; the ledger has "
        + "\(counted(ledger.records.count, "record")), \(Quantities.age(ofFile: run.ledgerPath))")
    say(
      "  last job: \(job.program) at \(job.time), \(counted(job.machine.ranks, "rank")) on "
        + "\(Set(job.machine.hosts).sorted().joined(separator: ", ")), \(job.machine.cpu), kernel "
        + "of products \(job.machine.kernel)")
    for lost in ledger.losses {
      say(
        "  job \(lost.number) at \(lost.job.time) lost \(lost.ranks.count) of "
          + "\(counted(lost.job.machine.ranks, "rank")): \(lost.ranks.named)")
    }
    if let text = ledger.records.passedOver(run.ledgerPath) { say("  \(text)") }
    say("  configuration \(job.configurationSHA256)")
    say("  data          \(job.dataSHA256)")
    for reason in reasons { complain(reason) }
    do {
      try run.checkConfiguration(ledger)
    } catch {
      complain(of: error)
    }
    append(folds)
    if depth.verify && isGood && !isUnsettled { say("  every hash is right") }
  }

  /// Says what a finished fold is, and looks for its weights if they were kept.
  private mutating func inspect(
    _ result: TaskResult, _ record: LedgerRecord.FoldFinished?, _ run: RunDirectory, _ depth: Depth
  ) {
    say(
      "  \(result.task): finished, \(counted(result.losses.count, "epoch")), weights_sha256 "
        + result.weightsSHA256)
    if depth.verify { inspectMetrics(of: result, run) }
    let path = run.weightsPath(result.task)
    do {
      guard try FileKind.of(path) != nil else {
        if record?.weightsKept == true {
          complain("\(path): is missing: the fold's weights were kept when it finished")
        }
        return
      }
      guard depth.verify else { return }
      let file = try SafetensorsFile(path: path)
      if try Self.weightsSHA256(file) != result.weightsSHA256 {
        complain("\(path): does not hold the weights of the fold's result")
      }
    } catch {
      complain(of: error)
    }
  }

  /// Says whether the epochs that are written for people differ from the result, which is no damage: they follow
  /// from it, and a disk may have refused them.
  private mutating func inspectMetrics(of result: TaskResult, _ run: RunDirectory) {
    let path = run.metricsPath(result.task)
    do {
      // Older programs wrote none.
      guard let metrics = try AtomicFile.read(path),
        EpochMetrics.read(metrics).epochs.map(\.loss) != result.losses
      else { return }
      say("    \(path): does not hold the epochs of the fold's result, which is whole")
    } catch {
      say("    \(error); the fold's result is whole")
    }
  }

  /// Says how far a fold is that has no whole result, or had none a moment ago.
  ///
  /// - Parameter isLive: Whether a job holds the run; nil: nobody can say.
  /// - Returns: Whether it has finished meanwhile.
  private mutating func inspectUnfinished(
    _ task: TaskKey, _ ledger: Ledger, _ run: RunDirectory, _ owner: CheckpointOwner,
    isLive: Bool?, epochs: Int?, _ depth: Depth
  ) -> Bool {
    // The ledger's word that the fold is finished, whose result is then damaged.
    let record = ledger.finished[task]
    let failure = ledger.failed[task].map {
      "failed at \($0.fold.time) in \($0.fold.cause)"
    }
    let again =
      failure.map { $0 + "; " }
      ?? (record == nil ? "" : "its result is damaged or missing, so it is trained again; ")
    let begun = ledger.begun[task]
    // A fold that has failed is not being trained, whatever the ledger's line before says.
    let isRunning = failure == nil && begun?.isOpen == true && isLive == true
    let hasCheckpoints = inspect(
      run.checkpoints(task), of: owner, epochs: epochs, depth, indent: "    "
    ) { _ in
      "  \(task): \(again)has checkpoints"
        + (isRunning ? ", and is being trained since \(begun?.record.time ?? "")" : "")
    }
    if hasCheckpoints { return false }
    // The end of a fold removes its checkpoints after the ledger has got a line. A ledger that has not
    // grown need not be read again, which would take its time for each of many folds.
    if (try? FileKind.size(of: run.ledgerPath)) != ledger.bytes,
      let newer = (try? run.ledger())?.finished[task], newer != record,
      let result = (try? run.finishedFolds { _ in })?[task]
    {
      inspect(result, newer, run, depth)
      return true
    }
    say(
      "  \(task): "
        + (failure
          ?? Self.withoutCheckpoint(begun, isFinished: record != nil, isLive: isLive)))
    return false
  }

  /// What the ledger knows of a fold that has neither a whole result nor a checkpoint.
  ///
  /// - Parameters:
  ///   - isFinished: Whether a job has finished it, and its result is damaged.
  ///   - isLive: Whether a job holds the run; nil: nobody can say.
  private static func withoutCheckpoint(
    _ begun: Ledger.Beginning?, isFinished: Bool, isLive: Bool?
  ) -> String {
    let damage = "its result is damaged or missing"
    guard let begun else {
      return isFinished ? "\(damage): the next job trains it again" : "not begun"
    }
    if isFinished {
      return "\(damage); it was " + withoutCheckpoint(begun, isFinished: false, isLive: isLive)
    }
    let ranks = begun.record.ranks
    return "begun at \(begun.record.time) on \(ranks.count == 1 ? "rank" : "ranks") "
      + ranks.map(String.init).joined(separator: ", ") + ", no checkpoint yet"
      + (begun.isOpen && isLive != false
        ? "" : "; its job is over, so the next one begins it again")
  }
}

import Evaluation
import RunStore
import Tasks
import Wording

/// Several runs of one thing, each with some of its folds or seeds.
extension RunContents {
  /// Why this run's folds cannot stand beside another's, but for its configuration; empty: they can.
  ///
  /// - Parameter other: The run that it is to be pooled with.
  public func disagreements(with other: RunContents) -> [String] {
    let (mine, theirs) = (job, other.job)
    var reasons: [String] = []
    func compare<Value: Equatable>(
      _ what: String, _ here: Value, _ there: Value, _ show: (Value) -> String
    ) {
      if here != there { reasons.append("\(what) \(show(there)) there and \(show(here)) here") }
    }
    // Format 4 added what format 3 has none of.
    compare("the format is", min(mine.format, 3), min(theirs.format, 3)) { "\($0)" }
    compare("the seeds are", mine.seeds == nil, theirs.seeds == nil) { $0 ? "not said" : "said" }
    compare("the settings are", Self.names(mine), Self.names(theirs)) {
      $0.joined(separator: "; ")
    }
    if Self.names(mine) == Self.names(theirs) {
      for (here, there) in zip(mine.allSettings, theirs.allSettings) {
        let name = here.name.isEmpty ? "" : " of the setting \(here.name)"
        compare("the digest of the data\(name) is", here.dataSHA256, there.dataSHA256) {
          "\($0.prefix(12))…"
        }
        compare("the setting \(here.name) is", here.values, there.values) {
          $0.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
        }
      }
    }
    compare("the classes are", mine.namesOfClasses, theirs.namesOfClasses) {
      $0.joined(separator: ", ")
    }
    compare("the protocols are", mine.protocols, theirs.protocols) {
      $0.map(\.rawValue).joined(separator: ", ")
    }
    compare(
      "the digest of the initial weights is", mine.initialWeightsSHA256, theirs.initialWeightsSHA256
    ) { $0.map { "\($0.prefix(12))…" } ?? "none" }
    let clips = zip(mine.clips, theirs.clips).first { !$0.isAlike($1) }
    if mine.clips.count != theirs.clips.count {
      compare("the clips are", mine.clips.count, theirs.clips.count) { "\($0)" }
    } else if let (here, there) = clips {
      compare("a clip is", here, there) {
        "\($0.dataset)/\($0.subject)/\($0.clip) of class \($0.truth) in fold \($0.fold)"
      }
    }
    return reasons
  }

  /// What settings are called.
  private static func names(_ job: LedgerRecord.JobStarted) -> [String] {
    job.allSettings.map { $0.name.isEmpty ? "the run's own alone" : $0.name }
  }

  /// The folds of several runs as one run's. A fold that several have counts once.
  ///
  /// - Parameters:
  ///   - runs: At least one, which agree in configuration and in `disagreements`.
  ///   - warn: Told of folds that several have, and of other machines.
  /// - Throws: `RunError` for a fold that has two results.
  public static func pool(_ runs: [RunContents], warn: (String) -> Void) throws -> RunContents {
    let first = runs[0]
    guard runs.count > 1 else { return first }
    var job = first.job
    job.seeds = first.job.seeds.map { seeds in
      runs.dropFirst().reduce(seeds) { all, run in
        all + (run.job.seeds ?? []).filter { !all.contains($0) }
      }
    }
    var results: [TaskKey: TaskResult] = [:]
    var files: [TaskKey: String] = [:]
    var failures: [TaskKey: LedgerRecord.FoldFailed] = [:]
    var machines: [TaskKey: LedgerRecord.Machine] = [:]
    for run in runs {
      let own = run.job.seed
      func key(_ task: TaskKey) -> TaskKey {
        var key = task
        let seed = task.seed ?? own
        key.seed = seed == job.seed ? nil : seed
        return key
      }
      var twice: [TaskKey] = []
      for task in run.results.keys.sorted(by: { $0.description < $1.description }) {
        guard var result = run.results[task], let file = run.files[task] else { continue }
        let key = key(task)
        result.task = key
        if let other = results[key] {
          guard result.isSame(as: other) else {
            throw twoResults(
              job.name(of: key), (other, files[key] ?? "", machines[key]),
              (result, file, run.job.machine))
          }
          twice.append(key)
          continue
        }
        (results[key], files[key], machines[key]) = (result, file, run.job.machine)
      }
      if !twice.isEmpty {
        warn(
          "\(run.runs[0].path): \(counted(twice.count, "training")) that a run before it has too, with "
            + "equal results, \(twice.count == 1 ? "counts" : "count") once: "
            + twice.named(limit: 4, job.name(of:))
        )
      }
      for (what, there, here) in [
        ("CPU", job.machine.cpu, run.job.machine.cpu),
        ("kernel of products", job.machine.kernel, run.job.machine.kernel),
      ] where there != here {
        warn(
          "\(run.runs[0].path): was trained on another \(what) (\(here)) than \(first.runs[0].path) "
            + "(\(there)): the last bits of the report may differ from those of a run on one kind of "
            + "machine")
      }
      for (task, failure) in run.failures {
        var failure = failure
        failure.task = key(task)
        if failures[failure.task] == nil { failures[failure.task] = failure }
      }
    }
    job.tasks = tasks(job, runs.flatMap(\.job.tasks))
    return RunContents(
      runs: runs.flatMap(\.runs), job: job, results: results, files: files,
      failures: failures.filter { results[$0.key] == nil },
      histories: runs.flatMap(\.histories))
  }

  /// All folds of all, for each setting and seed, in the data's order.
  private static func tasks(_ job: LedgerRecord.JobStarted, _ tasks: [TaskKey]) -> [TaskKey] {
    let inner = Dictionary(grouping: tasks, by: \.split).mapValues {
      Set($0.compactMap(\.inner)).sorted()
    }
    var seen: Set<String> = []
    let splits = job.clips.map(\.fold).filter { inner[$0] != nil && seen.insert($0).inserted }
    return job.allSettings.filter { $0.sameAs == nil }.flatMap { setting in
      job.allSeeds.flatMap { seed in
        splits.flatMap { split in
          ([nil] + (inner[split] ?? [])).map {
            TaskKey(setting: setting.key, seed: seed, split: split, inner: $0)
          }
        }
      }
    }
  }

  private typealias Found = (result: TaskResult, file: String, machine: LedgerRecord.Machine?)

  private static func twoResults(_ task: String, _ first: Found, _ second: Found) -> RunError {
    let sameWeights = first.result.weightsSHA256 == second.result.weightsSHA256
    let machines =
      first.machine?.cpu == second.machine?.cpu
      ? "" : "; CPU \(first.machine?.cpu ?? "-") there and \(second.machine?.cpu ?? "-") here"
    return RunError(
      second.file,
      "is another result of \(task) than \(first.file) ("
        + (sameWeights
          ? "with the same weights"
          : "weights \(first.result.weightsSHA256.prefix(12))… there and "
            + "\(second.result.weightsSHA256.prefix(12))… here") + machines
        + "): which one counts, nobody can say; report the runs one by one")
  }
}

extension LedgerRecord.ClipTruth {
  /// Whether it is the same clip, wherever its image lies.
  fileprivate func isAlike(_ other: Self) -> Bool {
    var other = other
    other.image = image
    return self == other
  }
}

extension TaskResult {
  /// Whether the training has said the same, whatever the run calls it.
  fileprivate func isSame(as other: TaskResult) -> Bool {
    clips == other.clips && places == other.places && losses == other.losses
      && logits == other.logits && logitsOfEveryEpoch == other.logitsOfEveryEpoch
      && weightsSHA256 == other.weightsSHA256
  }
}

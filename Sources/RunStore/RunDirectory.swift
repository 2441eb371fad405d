import Checkpointing
import Digest
import Files
import Foundation
import Tasks

/// Why a run directory cannot be used.
public struct RunError: Error, CustomStringConvertible, Equatable {
  public let path: String
  public let reason: String

  public init(_ path: String, _ reason: String) {
    self.path = path
    self.reason = reason
  }

  public var description: String { "\(path): \(reason)" }
}

/// The files of a run: the only place that knows where they lie.
///
/// `config.yaml` the resolved configuration (`config.next.yaml` while a run grows), `ledger.jsonl` the history, `lock` who writes here,
/// `folds/<split>/result.json` and, if kept, `weights.safetensors`, while the fold runs
/// `folds/<split>/checkpoint/`, and `report/`. The folds of further seeds lie in `seed-<seed>/folds/`,
/// those of further settings in `settings/<setting>/`, each as here, and inner trainings beside the
/// folds in `inner-<number>/folds/`. Each fold has its `metrics.jsonl`, and the same place below
/// `tensorboard/` for its event file. `progress.json` is what a running job says of itself.
public struct RunDirectory: Sendable {
  public let path: String

  /// - Parameter path: Slashes at its end do not count.
  public init(_ path: String) {
    let end = path.lastIndex { $0 != "/" }
    self.path = end.map { String(path[...$0]) } ?? path
  }

  public var configurationPath: String { path + "/config.yaml" }
  public var ledgerPath: String { path + "/ledger.jsonl" }
  public var lockPath: String { path + "/lock" }
  public var reportPath: String { path + "/report" }
  public var progressPath: String { path + "/progress.json" }
  /// The directory of one fold.
  public func path(of task: TaskKey) -> String { Self.path(of: task, below: path) }

  private static func path(of task: TaskKey, below path: String) -> String {
    var parts = [path]
    if let setting = task.setting { parts += [Self.settings, FileName.escaped(setting)] }
    if let seed = task.seed { parts.append(Self.seedPrefix + "\(seed)") }
    if let inner = task.inner { parts.append(Self.innerPrefix + "\(inner)") }
    return (parts + [Self.folds, FileName.escaped(task.split)]).joined(separator: "/")
  }
  public func resultPath(_ task: TaskKey) -> String { path(of: task) + "/result.json" }
  public func weightsPath(_ task: TaskKey) -> String { path(of: task) + "/weights.safetensors" }
  public func metricsPath(_ task: TaskKey) -> String { path(of: task) + "/metrics.jsonl" }
  /// TensorBoard takes each directory with such a file for a run of its own.
  public func eventsPath(_ task: TaskKey) -> String {
    Self.path(of: task, below: path + "/tensorboard") + "/events.out.tfevents.0.htnet"
  }
  /// The checkpoints of a fold that is not finished.
  public func checkpoints(_ task: TaskKey) -> CheckpointStore {
    CheckpointStore(path(of: task) + "/checkpoint")
  }

  private static let settings = "settings"
  private static let seedPrefix = "seed-"
  private static let innerPrefix = "inner-"
  private static let folds = "folds"
  /// Missing results of a directory that are each told of.
  private static let mostNamed = 3

  /// The directories that hold folds' directories, whatever the ledger says.
  ///
  /// - Throws: `FileError` if a directory cannot be listed.
  private func foldDirectories() throws -> [String] {
    func directories(in path: String, prefix: String = "") throws -> [String] {
      guard try FileKind.of(path) == .directory else { return [] }
      return try (FileKind.names(in: path) ?? []).sorted().filter { $0.hasPrefix(prefix) }
        .map { path + "/" + $0 }.filter { try FileKind.of($0) == .directory }
    }
    return try ([path] + directories(in: path + "/" + Self.settings)).flatMap { setting in
      try ([setting] + directories(in: setting, prefix: Self.seedPrefix)).flatMap { seed in
        try ([seed] + directories(in: seed, prefix: Self.innerPrefix)).map { $0 + "/" + Self.folds }
      }
    }
  }

  /// Whether a run has been begun here.
  ///
  /// - Throws: `FileError` if nobody can say.
  public var holdsRun: Bool { get throws { try FileKind.of(configurationPath) != nil } }

  /// Refuses a directory that no job has begun a run in.
  ///
  /// - Throws: `RunError`.
  public func requireRun() throws {
    guard !path.isEmpty else { throw RunError("the run directory's name", "is empty") }
    guard try FileKind.of(path) != nil else {
      throw RunError(path, "is no run directory: it does not exist")
    }
    guard try holdsRun || FileKind.of(ledgerPath) != nil else {
      throw RunError(path, "is no run directory: it has neither config.yaml nor ledger.jsonl")
    }
  }

  /// Makes the directory where there is none, refuses one that holds something else than a run, and
  /// tries to write in it.
  ///
  /// - Throws: `RunError`, or `FileError` where the system refuses; nothing is left behind.
  public func prepare() throws {
    switch try FileKind.of(path) {
    case .file: throw RunError(path, "is a file; name a directory for the run with --run")
    case .directory: try refuseForeign()
    case nil:
      do {
        try AtomicFile.makeDirectory(path)
      } catch let error as FileError where !error.isOfTheSystem {
        throw RunError(
          path,
          "cannot be made: \(String(cString: strerror(error.code))); name another with --run")
      }
    }
    let probe = path + "/" + Self.probeName("\(getpid())")
    let file = open(probe, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    let code = errno
    guard file >= 0 else {
      let failure = FileError(path: path, operation: "make a file in the run directory", code: code)
      if failure.isOfTheSystem { throw failure }
      throw RunError(
        path, "cannot be written to: \(String(cString: strerror(code))); name another with --run")
    }
    close(file)
    unlink(probe)
  }

  /// Files that people put where a run is to be: what the shell or Slurm writes of the job.
  private static let endingsOfLogs = [".log", ".out", ".err", ".txt"]

  /// Refuses a directory that is not empty and was never a run's, which a job would mix with it.
  private func refuseForeign() throws {
    let names = try FileKind.names(in: path) ?? []
    if names.contains("ledger.jsonl") { return }
    // A job writes who it is into the lock before it writes anything else, so a configuration alone is
    // no run, nor is an empty file.
    let lock = names.contains("lock") ? try RunLock.content(of: self) : .nothing
    if case .owner = lock { return }
    let foreign = names.filter { name in
      !Self.endingsOfLogs.contains { name.hasSuffix($0) } && !Self.isProbe(name)
        && (name != "lock" || lock == .foreign)
    }.sorted()
    guard let first = foreign.first else { return }
    throw RunError(
      path,
      "is not empty and holds no run, but \"\(first)\""
        + (foreign.count > 1 ? " and \(foreign.count - 1) more" : "")
        + "; name a new or empty directory with --run (files that end in "
        + Self.endingsOfLogs.joined(separator: ", ") + " may be there)")
  }

  /// Removes what killed jobs left half-written, by the names that jobs give: in the run directory
  /// itself people may have files too. Only the holder of the run's lock may.
  ///
  /// - Throws: `FileError` if a directory cannot be listed.
  public func removeLeftovers() throws {
    for name in try FileKind.names(in: path) ?? []
    where Self.isProbe(name)
      || name.wholeMatch(of: /(config\.(next\.)?yaml|progress\.json)\.[0-9]+\.tmp/) != nil
    {
      unlink(path + "/" + name)
    }
    func clear(_ directory: String, depth: Int) throws {
      for name in try FileKind.names(in: directory) ?? [] {
        let path = directory + "/" + name
        if name.wholeMatch(of: /.+\.[0-9]+\.tmp/) != nil {
          unlink(path)
        } else if depth > 0, try FileKind.of(path) == .directory {
          try clear(path, depth: depth - 1)
        }
      }
    }
    // Folds and their checkpoints.
    for folds in try foldDirectories() { try clear(folds, depth: 2) }
  }

  /// How the name of a file begins that only tests whether it can be made and seen; numbers follow.
  private static let probe = ".write-test."

  /// - Parameter suffix: Digits and dots.
  static func probeName(_ suffix: String) -> String { probe + suffix }

  private static func isProbe(_ name: String) -> Bool {
    name.hasPrefix(probe) && name.dropFirst(probe.count).wholeMatch(of: /[0-9.]+(tmp)?/) != nil
  }

  /// Whether a fold's result lies here, whatever the ledger says.
  ///
  /// - Throws: `FileError` if nobody can say.
  public var holdsResults: Bool {
    get throws {
      try foldDirectories().contains { folds in
        try (FileKind.names(in: folds) ?? []).contains {
          try FileKind.of(folds + "/\($0)/result.json") != nil
        }
      }
    }
  }

  public func ledger() throws -> Ledger { try Ledger(path: ledgerPath) }

  /// What the last job said about the run.
  ///
  /// - Throws: `RunError` if no job has begun, or if the ledger has lost what the results show.
  public func lastJob(_ ledger: Ledger) throws -> LedgerRecord.JobStarted {
    if let job = ledger.lastJob { return job }
    try requireLedger(ledger)
    throw RunError(ledgerPath, "has no record of a job: nothing was begun here yet")
  }

  /// Refuses a ledger that has lost what the results show.
  ///
  /// - Throws: `RunError`; `FileError` if nobody can say.
  public func requireLedger(_ ledger: Ledger) throws {
    guard try ledger.lastJob == nil && holdsResults else { return }
    throw RunError(
      ledgerPath,
      "is missing or empty beside results of finished folds: restore it from a copy, or train anew "
        + "with another --run")
  }

  /// Writes a fold's result, whole and synced.
  ///
  /// - Returns: The SHA-256 of the file.
  public func write(_ result: TaskResult) throws -> String {
    try AtomicFile.makeDirectory(path(of: result.task))
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let data: Data
    do {
      data = try encoder.encode(result)
    } catch {
      throw RunError(
        resultPath(result.task), "the result holds a number that is not finite")
    }
    try AtomicFile.write(data, to: resultPath(result.task))
    return SHA256.hexadecimal(of: data)
  }

  /// The results of all folds that are finished: in the ledger, and on disk as the ledger says.
  ///
  /// - Parameter warn: Told of a fold whose result is missing or not the one that was written.
  /// - Throws: `RunError` if the ledger is damaged, `FileError` if it or a result cannot be read.
  public func finishedFolds(warn: (String) -> Void) throws -> [TaskKey: TaskResult] {
    try finishedFolds(ledger(), warn: warn)
  }

  /// The same by a ledger of the run that was read already.
  public func finishedFolds(_ ledger: Ledger, warn: (String) -> Void) throws
    -> [TaskKey: TaskResult]
  {
    var results: [TaskKey: TaskResult] = [:]
    var missing: [TaskKey] = []
    for (task, record) in ledger.finished.sorted(by: {
      resultPath($0.key) < resultPath($1.key)
    }) {
      let path = resultPath(task)
      guard let data = try AtomicFile.read(path) else {
        missing.append(task)
        continue
      }
      guard SHA256.hexadecimal(of: data) == record.resultSHA256,
        let result = try? TaskResult(file: data),
        result.task == task
      else {
        warn("\(path): is not the result that the ledger knows; the fold counts as not done")
        continue
      }
      results[task] = result
    }
    for warning in warnings(ofMissing: missing) { warn(warning) }
    return results
  }

  /// One for each result, or for a directory that many are missing from.
  private func warnings(ofMissing tasks: [TaskKey]) -> [String] {
    let byDirectory = Dictionary(grouping: tasks) {
      (path(of: $0) as NSString).deletingLastPathComponent
    }
    return byDirectory.sorted { $0.key < $1.key }.flatMap { directory, tasks in
      tasks.count > Self.mostNamed
        ? [
          "\(directory): the results of \(tasks.count) finished folds are missing; these folds count as not done"
        ]
        : tasks.map {
          "\(resultPath($0)): the result of a finished fold is missing; the fold counts as not done"
        }
    }
  }
}

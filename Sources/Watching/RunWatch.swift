import Foundation
import RunStore
import Tasks
import Wording

/// Looks at a run directory again and again, reading what is new of it and writing nothing.
public final class RunWatch {
  private let directory: RunDirectory
  private var ledger: LedgerReader
  private var history = RunSoFar()
  private var metrics: [TaskKey: MetricsReader] = [:]
  private let scores: ScoreKeeper
  private var life = SignsOfLife()

  /// Running trainings whose losses are read: more do not fit on a screen.
  private static let most = 64

  /// - Throws: `RunError` if the directory holds no run, `FileError` if nobody can say.
  public init(_ directory: RunDirectory) throws {
    try directory.requireRun()
    self.directory = directory
    ledger = LedgerReader(directory)
    scores = ScoreKeeper(directory)
  }

  /// Ends what is done beside the looking; to be called before the process ends.
  public func close() { scores.close() }

  /// What there is to see now.
  ///
  /// - Parameter waits: Whether to wait for scores that are being computed.
  /// - Throws: `RunError` if the ledger is damaged, `FileError` if it cannot be read.
  public func look(waits: Bool = false) throws -> WatchState {
    // Before the ledger, in which a job that ends in good order says so first.
    let sight = RunLock.sight(of: directory)
    let word = try? directory.progress()
    history.add(try ledger.news())
    // A job that was killed has left its own behind.
    let progress = word.flatMap { history.isEarlier($0) ? nil : $0 }
    var state = WatchState(path: directory.path)
    state.job = history.job
    state.jobs = history.jobs
    state.resumes = history.resumes
    state.phase = history.end ?? life.phase(sight, word, ledger: history.lastTime, now: Date())
    if history.job == nil { state.phase = try directory.holdsResults ? .withoutLedger : .prepared }
    let running = state.phase.isOver ? [:] : history.running(progress)
    state.rows = history.rows(running: running)
    state.failures = history.failures
    state.lost = history.lost
    switch state.phase {
    case .running, .silent: show(progress, running, in: &state)
    default: metrics = [:]
    }
    scores.update(history, waits: waits)
    (state.scores, state.troubles) = scores.latest
    if let text = history.others.passedOver(directory.ledgerPath) { state.troubles.append(text) }
    return state
  }

  /// The running trainings: the job's own word, and the ledger's where there is none.
  private func show(
    _ progress: JobProgress?, _ running: [TaskKey: [Int]], in state: inout WatchState
  ) {
    let hosts = history.job?.machine.hosts ?? []
    func named(_ ranks: [Int]) -> [String] {
      var seen: Set<String> = []
      return ranks.filter(hosts.indices.contains).map { hosts[$0] }
        .filter { seen.insert($0).inserted }
    }
    // 0: the job has seen no step yet.
    state.samplesPerSecond = progress.flatMap {
      $0.samplesPerSecond > 0 ? $0.samplesPerSecond : nil
    }
    state.secondsLeft = progress?.secondsLeft
    state.slow = progress?.slow.map(\.text) ?? []
    let groups =
      progress?.groups
      ?? running.sorted { ($0.value.first ?? 0) < ($1.value.first ?? 0) }.map {
        JobProgress.Group(ranks: $1, task: $0, epoch: 0, epochs: 0, resumedAfter: nil)
      }
    state.idleGroups = groups.count { $0.task == nil }
    state.silent = groups.compactMap { group in
      group.silentSince.map { seconds in
        let since = Date(timeIntervalSince1970: seconds).formatted(.iso8601)
        let hosts = named(group.ranks)
        return "silent since \(since): \(WatchState.named(group.ranks))"
          + (hosts.isEmpty ? "" : " on \(hosts.joined(separator: " "))")
      }
    }
    // The ledger is newer: what has finished since does not run.
    let training = groups.filter { group in group.task.map { running[$0] != nil } ?? false }
    state.others = max(0, training.count - Self.most)
    var readers: [TaskKey: MetricsReader] = [:]
    for group in training.prefix(Self.most) {
      guard let task = group.task else { continue }
      var reader = metrics[task] ?? MetricsReader(directory, task)
      try? reader.read()
      readers[task] = reader
      // The file may be ahead of a training that went on from a checkpoint.
      let epochs = reader.epochs.prefix(group.epoch == 0 ? .max : group.epoch)
      var shown = WatchState.Running(
        task: task, ranks: group.ranks, hosts: named(group.ranks),
        epoch: max(group.epoch, epochs.count),
        epochs: group.epochs > 0 ? group.epochs : nil, resumedAfter: group.resumedAfter,
        losses: epochs.map(\.loss), samplesPerSecond: epochs.last?.samplesPerSecond)
      shown.isSilent = group.silentSince != nil
      state.running.append(shown)
    }
    metrics = readers
  }
}

extension WatchState.Phase {
  /// Whether no job trains.
  public var isOver: Bool {
    switch self {
    case .running, .silent: false
    case .prepared, .withoutLedger, .dead, .stopped, .finished: true
    }
  }
}

import Dispatch
import Evaluation
import Files
import Foundation
import Reporting
import RunStore
import Synchronization
import Tasks

/// What the finished folds score, computed beside the screen whenever more of them are finished.
final class ScoreKeeper: Sendable {
  private struct State {
    var results: [TaskKey: TaskResult] = [:]
    /// Hashes of the results that are read.
    var known: [TaskKey: String] = [:]
    var scores: [WatchState.Score] = []
    /// Of the results that cannot be read now.
    var unread: [String] = []
    /// Why there are no scores, though there are results.
    var failure: String?
    var isBusy = false
    /// By a clock that nobody sets.
    var due: UInt64 = 0
  }

  private let directory: RunDirectory
  private let state = Mutex(State())
  /// The computing beside the screen.
  private let work = DispatchGroup()

  /// How many times as long as the scores took nothing is computed.
  private static let rest: UInt64 = 10

  init(_ directory: RunDirectory) { self.directory = directory }

  /// The newest scores, and why some are missing.
  var latest: (scores: [WatchState.Score], troubles: [String]) {
    state.withLock { ($0.scores, $0.unread + [$0.failure].compactMap { $0 }) }
  }

  /// Computes the scores anew if folds have finished.
  ///
  /// - Parameter waits: Whether they are there when this returns.
  func update(_ history: RunSoFar, waits: Bool) {
    if waits { work.wait() }
    guard let job = history.job else { return }
    let finished = history.finished
    let begins = state.withLock { state in
      guard !state.isBusy, waits || DispatchTime.now().uptimeNanoseconds >= state.due,
        finished.contains(where: { state.known[$0.key] != $0.value.resultSHA256 })
          || state.known.keys.contains(where: { finished[$0] == nil })
      else { return false }
      state.isBusy = true
      return true
    }
    guard begins else { return }
    guard !waits else { return compute(job, finished) }
    DispatchQueue.global(qos: .utility).async(group: work) { self.compute(job, finished) }
  }

  /// Waits for what is being computed: a process must not end under it.
  func close() { work.wait() }

  private func compute(
    _ job: LedgerRecord.JobStarted, _ finished: [TaskKey: LedgerRecord.FoldFinished]
  ) {
    let start = DispatchTime.now().uptimeNanoseconds
    // Nobody else changes it meanwhile.
    var new = state.withLock { $0 }
    if read(finished, &new) { score(job, &new) }
    let end = DispatchTime.now().uptimeNanoseconds
    new.due = end + Self.rest * (end - start)
    new.isBusy = false
    state.withLock { [new] in $0 = new }
  }

  /// Reads the results that are not read yet.
  ///
  /// - Returns: Whether there are others than before.
  private func read(
    _ finished: [TaskKey: LedgerRecord.FoldFinished], _ state: inout State
  ) -> Bool {
    var hasChanged = false
    for (task, hash) in state.known where finished[task]?.resultSHA256 != hash {
      state.results[task] = nil
      state.known[task] = nil
      hasChanged = true
    }
    state.unread = []
    for (task, record) in finished where state.known[task] == nil {
      guard let result = directory.result(task, sha256: record.resultSHA256) else {
        state.unread.append("\(directory.resultPath(task)): cannot be read, or is damaged")
        continue
      }
      state.results[task] = result
      state.known[task] = record.resultSHA256
      hasChanged = true
    }
    state.unread.sort()
    return hasChanged
  }

  private func score(_ job: LedgerRecord.JobStarted, _ state: inout State) {
    (state.scores, state.failure) = ([], nil)
    guard !state.results.isEmpty else { return }
    let contents = RunContents(
      runs: [directory], job: job, results: state.results,
      files: Dictionary(
        uniqueKeysWithValues: state.results.keys.map { ($0, directory.resultPath($0)) }),
      failures: [:], histories: [])
    do {
      state.scores = try Report(contents).settings.flatMap(Self.scores)
    } catch {
      state.failure = "\(error)"
    }
  }

  private static func scores(_ setting: Report.SettingScores) -> [WatchState.Score] {
    EvaluationProtocol.allCases.compactMap { name in
      guard let full = setting.means[name]?.first(where: { $0.key == "full" })?.scores else {
        return nil
      }
      return WatchState.Score(
        setting: setting.setting.name, name: name, seeds: full.seeds, clips: full.clips,
        uf1: full.uf1.mean, interval: full.intervals.map { ($0.uf1.low, $0.uf1.high) })
    }
  }
}

import Evaluation
import RunStore
import Statistics

extension Report {
  /// For each fold and seed the setting that is best on the training subjects that were held out, and what
  /// that setting's `nested` says of the fold: a study's score whose setting nobody chose by test
  /// subjects.
  ///
  /// The best UF1 over the epochs of a fold's inner trainings decides; of equals the setting that comes
  /// first.
  public struct ChosenSettings: Sendable {
    /// Over the seeds, by part; `full` first. Of the folds that every setting and seed has finished.
    public let scores: [(key: String, scores: MeanScores)]
    /// How often each setting was chosen, over folds and seeds; in the study's order.
    public let counts: [(setting: String, folds: Int)]
    /// Of the same folds.
    let clips: [LedgerRecord.ClipTruth]
    /// Each seed's, of the same folds.
    let rows: [[Row]]

    /// Of all clips.
    var full: MeanScores? { scores.first { $0.key == "full" }?.scores }

    /// - Parameter trained: Settings with trainings of their own.
    /// - Returns: nil: there is no choice, `nested` is not among the protocols, or no such fold.
    init?(_ trained: [SettingScores], _ job: LedgerRecord.JobStarted, _ draws: DrawCache) {
      guard trained.count > 1, let place = job.protocols.firstIndex(of: .nested),
        let seeds = trained.map(\.shared.count).min(), seeds > 0
      else { return nil }
      let finished = trained.map { Set($0.shared[0].results.map(\.outer.task.split)) }
      let common = finished.dropFirst().reduce(finished[0]) { $0.intersection($1) }
      guard !common.isEmpty else { return nil }
      var counts = [Int](repeating: 0, count: trained.count)
      rows = (0..<seeds).map { seed -> [Row] in
        let folds = trained.map { setting in
          setting.shared[seed].results.filter { common.contains($0.outer.task.split) }
        }
        var rows: [Row] = []
        for fold in folds[0].indices {
          let held = folds.map { $0[fold].heldOutUF1 ?? -1 }
          let chosen = held.firstIndex(of: held.max() ?? 0) ?? 0
          counts[chosen] += 1
          rows += folds[chosen][fold].rows
        }
        return rows
      }
      scores = MeanScores.byPart(
        rows.map { rows in
          ProtocolScores(
            name: .nested,
            parts: Report.parts(
              rows.map(\.clip), rows.map { $0.answers[place].prediction }, classes: job.classes,
              draws))
        })
      clips = trained[0].shared[0].results.filter { common.contains($0.outer.task.split) }
        .flatMap { $0.rows.map(\.clip) }
      self.counts = zip(trained, counts).map { ($0.setting.name, $1) }
    }

    /// Such as `base 50, ema 18`.
    var words: String {
      counts.filter { $0.folds > 0 }.map { "\($0.setting) \($0.folds)" }.joined(separator: ", ")
    }
  }
}

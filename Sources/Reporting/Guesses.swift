import Evaluation

extension Report {
  /// What guesses score beside a report's scores, for the files that say so. Thousands of deals take long, so nothing
  /// that shows none of it reckons them.
  struct Guesses: Sendable {
    /// Of each setting, by protocol: of the folds that every seed has finished. Protocols that have seen the labels
    /// have none.
    let settings: [[EvaluationProtocol: Guessing]]
    /// Of settings that were chosen for each fold.
    let chosen: Guessing?
    /// Of the first seed that stands by itself, by the protocol that is shown, where there is no mean to speak of.
    let alone: Guessing?

    init(_ report: Report) {
      let job = report.job
      let own = report.settings.map { setting -> [EvaluationProtocol: Guessing] in
        guard setting.setting.sameAs == nil else { return [:] }
        let seeds = setting.shared.map(\.rows)
        return Dictionary(
          uniqueKeysWithValues: job.protocols.enumerated().compactMap { place, name in
            Guessing(seeds, of: name, at: place, classes: job.classes).map { (name, $0) }
          })
      }
      settings = report.settings.indices.map { own[report.settings[$0].setting.sameAs ?? $0] }
      alone =
        report.spokenLeader == nil
        ? report.alone.first.flatMap {
          Guessing(
            [$0.seed.rows], of: report.shown, at: report.shownPlace, classes: job.classes)
        } : nil
      chosen = report.chosenSettings.flatMap { chosen in
        job.protocols.firstIndex(of: .nested).flatMap {
          Guessing(chosen.rows, of: .nested, at: $0, classes: job.classes)
        }
      }
    }
  }
}

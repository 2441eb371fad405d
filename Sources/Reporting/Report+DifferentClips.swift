import RunStore
import Wording

/// Whether scores that stand beside one another are of the same clips: a run that is not complete may have finished
/// other folds of each.
extension Report {
  /// - Parameter folds: Of each score the folds that it is of; none: it is no score.
  static func areOfDifferentClips(_ folds: [Set<String>]) -> Bool {
    Set(folds.filter { !$0.isEmpty }).count > 1
  }

  /// Whether the settings' scores are of different clips, so that none is higher than another.
  var isUneven: Bool { Self.areOfDifferentClips(trained.map(\.setting.sharedFolds)) }

  /// What was odd as the run was read, and that settings' scores are of different clips.
  var noticed: [String] { warnings + [unevenNote].compactMap { $0 } }

  /// That they are, in the words of every form; nil: they are of the same.
  var unevenNote: String? {
    guard isUneven else { return nil }
    let clips = trained.map(\.setting.clips.count).filter { $0 > 0 }
    let (least, most) = (clips.min() ?? 0, clips.max() ?? 0)
    let range = least == most ? "\(most) each" : "\(least) to \(most)"
    let seeds = job.allSeeds.count > 1 ? " with every seed" : ""
    let chosen =
      chosenSettings?.full.map {
        " \(Self.chosen) is of the \(counted($0.clips, "clip")) that all of them have."
      } ?? ""
    return
      "\(clips.count) of \(counted(trained.count, "setting")) have a score, but of different clips "
      + "(\(range)): each is of the folds that it has "
      + "finished\(seeds). Scores of different clips cannot be compared, so no setting is ranked until the run is "
      + "complete." + chosen
  }
}

extension Report.SettingScores {
  /// The folds that its means are of.
  var sharedFolds: Set<String> { Set((shared.first?.folds ?? []).map(\.task.split)) }

  /// That the seeds' own scores are of different clips; nil: they are of the same.
  var seedsNote: String? {
    guard Report.areOfDifferentClips(seeds.map { Set($0.folds.map(\.task.split)) }) else {
      return nil
    }
    return
      "The seeds have finished different folds: their own scores are of different clips and cannot be compared."
  }
}

import Evaluation
import RunStore
import Tasks
import Wording

extension Report {
  /// The state of the run in a sentence or two.
  var headline: String {
    let folds = job.splits.count
    let subset = subsetNote.map { " " + $0 } ?? ""
    let clips = job.clips.count { job.splits.contains($0.fold) }
    guard !isComplete else {
      let trained = settings.count { $0.setting.sameAs == nil }
      let factors = [(trained, "setting"), (job.allSeeds.count, "seed")].filter { $0.0 > 1 }
        .map { " × " + counted($0.0, $0.1) }.joined()
      return "Complete: \(counted(folds, "fold"))\(factors), \(counted(clips, "clip"))." + subset
    }
    func list(_ title: String, _ names: [String]) -> String {
      guard !names.isEmpty else { return "" }
      return
        " \(title): \(names.prefix(10).joined(separator: ", "))\(names.count > 10 ? ", …" : "")."
    }
    let finished = job.tasks.count - missing.count - failed.count
    let of =
      job.tasks.count > folds
      ? "\(finished) of \(job.tasks.count) trainings are finished; scores are of the folds whose "
        + "trainings all are"
      : "\(finished) of \(folds) folds are finished; scores are of their "
        + "\(counted(only?.rows.count ?? 0, "clip")) alone"
    return "PARTIAL: \(of)." + list("Missing", missing.map(job.name(of:)))
      + list("Failed", failed.map { "\(job.name(of: $0.task)) (\($0.cause))" }) + subset
  }

  /// That somebody picked some of the folds; nil: the run trains all.
  var subsetNote: String? {
    let (folds, all) = (Set(job.splits), Set(job.clips.map(\.fold)))
    guard folds.count < all.count else { return nil }
    let people = Set(job.clips.map(\.person)).count
    let tested = Set(job.clips.filter { folds.contains($0.fold) }.map(\.person)).count
    return
      "The run trains only \(folds.count) of \(counted(all.count, "fold")), so only \(tested) of "
      + "\(counted(people, "subject")) are tested."
  }

  /// What a fold leaves out.
  var unit: String {
    switch job.splitsBy {
    case "dataset": "dataset"
    case "groups": "group"
    default: "subject"
    }
  }

  /// The tables for a terminal, with what must be known to read them.
  public var text: String {
    let first = [headline] + [unevenNote].compactMap { $0 }
    // A study's names are long, so each protocol has a table of its own.
    let tables =
      settings.count > 1
      ? job.protocols.map(overviewRows)
      : [tableRows(settings[0]), intervalRows(settings[0])]
    return
      (first
      + (tables + [aloneRows, optimismRows(isShort: true)]).filter { !$0.isEmpty }.map(Self.columns)
      + [notes.joined(separator: "\n")]).joined(separator: "\n\n")
  }
}

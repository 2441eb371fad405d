import Evaluation
import RunStore
import Statistics
import Wording

extension Report {
  /// What the folds started from, if that was a file; nil: weights were drawn.
  var startNote: String? {
    guard let digest = job.initialWeightsSHA256 else { return nil }
    let start =
      "Every fold started from the weights of a file (SHA-256 \(digest.prefix(12))…), "
    guard startIsKnown, let persons = job.initialWeightsPersons else {
      return start
        + "which does not say what it was trained on:\nif that was a test subject's clips too, no score "
        + "here leaves that subject out."
    }
    return start
      + "trained on \(counted(persons.count, "subject")), none of them a test subject."
  }

  /// Whether the file that folds started from, if any, says whose clips it has seen.
  var startIsKnown: Bool {
    job.initialWeightsPersons?.contains(LedgerRecord.JobStarted.unknownPersons) == false
  }

  /// What the means are over.
  private var meanNotes: [String] {
    let seeds = job.allSeeds.count
    guard seeds > 1 else { return [] }
    let listed = job.seeds?.map { "\($0)" }.joined(separator: ", ") ?? ""
    let means = "They are means over the \(seeds) seeds \(listed), ± the standard deviation"
    guard !isComplete else { return [means + "."] }
    let counts = settings.filter { $0.setting.sameAs == nil }.map { $0.shared[0].folds.count }
    guard counts.contains(where: { $0 > 0 }) else {
      return [
        "No fold is finished with every one of the \(seeds) seeds, so there are no means: \(missingMeans)."
      ]
    }
    let folds = job.splits.count
    var notes = [
      means + ", of the folds alone that are finished with every seed"
        + (counts.count == 1 ? ": \(counts[0]) of \(folds)." : "; the column clips counts theirs.")
    ]
    if counts.contains(0) { notes.append("Where there is no mean: \(missingMeans).") }
    return notes
  }

  /// For how many folds a protocol has not got the epoch that it chose.
  var cutNotes: [String] {
    let folds = settings.filter { $0.setting.sameAs == nil }.flatMap(\.seeds).flatMap(\.results)
    return job.protocols.compactMap { name in
      let cut = folds.count { $0.cut.contains(name) }
      guard cut > 0 else { return nil }
      return
        "For \(cut) of \(counted(folds.count, "fold")) \(name.rawValue) chose an epoch that the fold's "
        + "own training, which ended early, does not have: its last one is scored."
    }
  }

  /// How intervals came about, and what stands beside the scores.
  private var intervalNotes: [String] {
    let scored = settings.flatMap { $0.seeds.flatMap(\.scores).flatMap(\.parts) }
    guard !scored.isEmpty else { return [] }
    var notes = [
      "Intervals are of 95%, percentiles of \(SubjectDraws.standardCount) bootstrap draws of subjects "
        + "within each dataset (seed \(SubjectDraws.standardSeed))."
    ]
    if scored.contains(where: { $0.intervals == nil }) {
      notes.append("There is none where a dataset has one subject alone.")
    }
    if settings.contains(where: { $0.ensemble != nil }) {
      notes.append(
        "Those of a mean are of the mean over just these seeds. The ensemble is the mean of all seeds' "
          + "probabilities.")
    }
    return notes
  }

  /// What becomes of a study whose setting nobody chooses by test subjects.
  private var chosenWords: String? {
    guard let chosen = chosenSettings, let full = chosen.full else { return nil }
    return
      "A setting that is chosen for each fold, by the UF1 of the training subjects that its inner "
      + "trainings held out, gives UF1 \(Self.figure(full.uf1.mean)): \(chosen.words)."
  }

  private var optimismNotes: [String] {
    guard settings.contains(where: { $0.optimism != nil }) else { return [] }
    return [
      "Optimism is what best-on-test gains over last-epoch: by choosing for each fold instead of once "
        + "for all (the common epoch, the best for all folds together), and by that epoch instead of the "
        + "last."
    ]
  }

  var notes: [String] {
    var notes = ["Scores are of the pooled predictions of all folds."]
    if runs.count > 1 {
      notes.append(
        "The folds of \(runs.count) runs are pooled: \(runs.map(\.path).joined(separator: ", ")).")
    }
    notes += meanNotes
    notes += intervalNotes
    notes += job.protocols.map(\.note)
    notes += optimismNotes
    notes += cutNotes
    if let chosenWords { notes.append(chosenWords) }
    if standsBesideThePaper {
      notes.append("The paper's figures are of \(PublishedComposite.selection.rawValue).")
    }
    if let startNote { notes.append(startNote) }
    return notes
  }
}

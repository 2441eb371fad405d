import Evaluation
import RunStore
import Statistics
import Wording

/// What a table of LaTeX says of itself.
extension Report {
  /// What is scored, by which protocols and over which seeds, and how to read the rest.
  func caption(_ names: [EvaluationProtocol]) -> String {
    let first =
      "Leave-one-\(unit)-out scores of \(scoredClips), by ".tex
      + Self.texLabels(names) + "."
    var sentences = names.filter { !$0.isOptimistic }.map(\.note)
    sentences.append(
      "UF1 is the unweighted F1 score, the mean of the classes' F1, and UAR the unweighted average recall, the "
        + "mean of the classes' recalls.")
    sentences += states
    if let seedsSentence { sentences.append(seedsSentence) }
    if let intervalsSentence { sentences.append(intervalsSentence) }
    var text = first + " " + sentences.joined(separator: " ").tex
    if names.contains(where: \.isOptimistic) {
      text +=
        " \(Self.mark) Optimistic: chooses each fold's epoch by the scores of its own test "
        + "\(unit).".tex
    }
    if standsBesideThePaper, names.contains(PublishedComposite.selection) {
      text += " The paper's figures are of \(Self.texLabel(PublishedComposite.selection)) too."
    }
    return text
  }

  /// Marks what has seen the test subjects.
  private static let mark = "$^\\dagger$"

  static func texLabel(_ name: EvaluationProtocol) -> String {
    name.rawValue.tex + (name.isOptimistic ? mark : "")
  }

  static func texLabels(_ names: [EvaluationProtocol]) -> String {
    names.map(texLabel).joined(separator: ", ")
  }

  private var hasMeans: Bool { settings.contains { !$0.clips.isEmpty } }
  private var hasSeveralSeeds: Bool { job.allSeeds.count > 1 }

  private var scoredClips: String {
    guard hasMeans else { return "pooled predictions" }
    guard !isUneven, let clips = settings.first(where: { !$0.clips.isEmpty })?.clips else {
      return "the pooled predictions of different clips"
    }
    return "the pooled predictions of " + counted(clips.count, "clip") + " of "
      + counted(Set(clips.map(\.person)).count, "subject")
  }

  /// That some folds are missing, or were left out.
  private var states: [String] {
    var sentences: [String] = []
    if let unevenNote { sentences.append(unevenNote) }
    if let subsetNote { sentences.append(subsetNote) }
    if !isComplete {
      let finished = job.tasks.count - missing.count - failed.count
      sentences.append(
        "Partial: \(finished) of \(counted(job.tasks.count, "training")) are finished, and only folds "
          + "count whose trainings all are.")
    }
    if hasMeans, settings.contains(where: \.clips.isEmpty) {
      sentences.append("A row of 0 clips has no fold that counts.")
    }
    if !alone.isEmpty {
      sentences.append(
        "A row of a seed alone is of all folds of that seed, which others have not finished.")
    }
    return sentences
  }

  private var seedsSentence: String? {
    let seeds = settings.first?.seeds.compactMap(\.seed).map { "\($0)" } ?? []
    guard hasMeans else {
      return hasSeveralSeeds
        ? "No fold is finished with every one of the \(job.allSeeds.count) seeds, so there are no means."
        : "No fold counts yet."
    }
    if seeds.count > 1 {
      let folds = isComplete ? "" : ", of the folds alone that are finished with every seed"
      return
        "Means over the seeds \(seeds.joined(separator: ", ")), ± the standard deviation over seeds\(folds); "
        + "an ensemble is the mean of these seeds' probabilities."
    }
    return seeds.first.map { "One training of each fold, seed \($0)." }
  }

  private var intervalsSentence: String? {
    let means = settings.flatMap { $0.means.values.flatMap { $0 } }.map(\.scores.intervals)
    let own = alone.flatMap { $0.seed.scores.compactMap { $0["full"] } }.map(\.intervals)
    guard (means + own).contains(where: { $0 != nil }) else { return nil }
    return
      "Intervals are of 95%: percentiles of \(SubjectDraws.standardCount) bootstrap draws of subjects within "
      + "each dataset"
      + (hasMeans && hasSeveralSeeds
        ? "; that of a mean is of the mean over just these seeds." : ".")
  }
}

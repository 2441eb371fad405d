import Evaluation
import RunStore
import Statistics
import Wording

/// What a table of LaTeX says of itself.
extension Report {
  /// What is scored, by which protocols and over which seeds, and how to read the rest.
  func caption(_ names: [EvaluationProtocol]) -> String {
    let first =
      "Leave-one-\(unit)-out scores of the pooled predictions of \(scoredClips), by ".tex
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

  /// Whether settings have finished different folds, so that their rows are of different clips.
  private var isUneven: Bool {
    Set(settings.map { Set($0.clips.map(\.fold)) }).count > 1
  }

  private var scoredClips: String {
    guard !isUneven, let clips = settings.first?.clips else { return "different clips" }
    return counted(clips.count, "clip") + " of "
      + counted(Set(clips.map(\.person)).count, "subject")
  }

  /// That some folds are missing, or were left out.
  private var states: [String] {
    var sentences: [String] = []
    if isUneven {
      sentences.append(
        "Each setting's rows are of the folds that it has finished, and no two of different clips can be "
          + "compared.")
    }
    if let subsetNote { sentences.append(subsetNote) }
    if !isComplete {
      let finished = job.tasks.count - missing.count - failed.count
      sentences.append(
        "Partial: \(finished) of \(counted(job.tasks.count, "training")) are finished, and only folds "
          + "count whose trainings all are.")
    }
    return sentences
  }

  private var seedsSentence: String? {
    let seeds = settings.first?.seeds.compactMap(\.seed).map { "\($0)" } ?? []
    if seeds.count > 1 {
      return
        "Means over the seeds \(seeds.joined(separator: ", ")), ± the standard deviation over seeds; "
        + "an ensemble is the mean of these seeds' probabilities."
    }
    return seeds.first.map { "One training of each fold, seed \($0)." }
  }

  private var intervalsSentence: String? {
    let parts = settings.flatMap { $0.means.values.flatMap { $0 } }
    guard parts.contains(where: { $0.scores.intervals != nil }) else { return nil }
    return
      "Intervals are of 95%: percentiles of \(SubjectDraws.standardCount) bootstrap draws of subjects within "
      + "each dataset; that of a mean is of the mean over just these seeds."
  }
}

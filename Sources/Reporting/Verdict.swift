import Evaluation
import RunStore
import Statistics
import Wording

/// What was found and whether to believe it, in plain sentences: what a reader asks first.
struct Verdict: Sendable {
  /// Something that speaks for a score, or makes it doubtful.
  struct Point: Sendable, Equatable {
    let isGood: Bool
    let text: String
  }

  let finding: String
  let points: [Point]
}

/// The scores that the page speaks of first: where nobody chose the setting by test subjects that score, else the
/// leader's, else those of the first seed that stands by itself.
struct Spoken {
  let scores: MeanScores
  let clips: [LedgerRecord.ClipTruth]
  let guessing: Report.Guessing?
  /// Settings that it is the highest of by these very scores; 1: nobody has chosen it by them.
  var among = 1
  /// Whose they are, where the page speaks of others' too, and a colon; otherwise empty.
  var owner = ""
}

extension Report {
  /// The first protocol that has not seen a test label; it speaks for the run. nil: all have.
  var honest: EvaluationProtocol? { job.protocols.first { !$0.isOptimistic } }

  /// The protocol whose clips, subjects and curves are shown where one must do.
  var shown: EvaluationProtocol { honest ?? job.protocols[0] }
  var shownPlace: Int { job.protocols.firstIndex(of: shown) ?? 0 }

  /// Settings with trainings of their own.
  var trained: [(place: Int, setting: SettingScores)] {
    settings.enumerated().filter { $0.element.setting.sameAs == nil }.map {
      ($0.offset, $0.element)
    }
  }

  /// The most folds of a setting that every seed has finished.
  var mostShared: Int { trained.map(\.setting.shared[0].folds.count).max() ?? 0 }

  /// The setting of the highest UF1 by the shown protocol, where their scores are of different clips that of the most
  /// clips; of equals the first; nil: none has a score.
  var leader: (place: Int, setting: SettingScores, scores: MeanScores)? {
    let isUneven = isUneven
    var best: (place: Int, setting: SettingScores, scores: MeanScores)?
    for (place, setting) in trained {
      guard let scores = setting.full(shown) else { continue }
      let isBetter = best.map {
        isUneven ? scores.clips > $0.scores.clips : scores.uf1.mean > $0.scores.uf1.mean
      }
      if isBetter ?? true { best = (place, setting, scores) }
    }
    return best
  }

  /// The same where the page speaks of means first: a complete seed says more than one over less than half of the
  /// folds.
  var spokenLeader: (place: Int, setting: SettingScores, scores: MeanScores)? {
    alone.isEmpty || 2 * mostShared >= job.splits.count ? leader : nil
  }

  private func spoken(_ guesses: Guesses) -> Spoken? {
    if let leader = spokenLeader {
      if let chosenSettings, let full = chosenSettings.full {
        return Spoken(scores: full, clips: chosenSettings.clips, guessing: guesses.chosen)
      }
      return Spoken(
        scores: leader.scores, clips: leader.setting.clips,
        guessing: guesses.settings[leader.place][shown], among: isUneven ? 1 : scored.count)
    }
    guard let (setting, seed) = alone.first, let full = seed.scores[shownPlace]["full"],
      let scores = MeanScores([full])
    else { return nil }
    return Spoken(
      scores: scores, clips: seed.rows.map(\.clip), guessing: guesses.alone,
      owner: "Of \(Self.name(setting, seed)): ")
  }

  func verdict(_ guesses: Guesses) -> Verdict {
    let first = spoken(guesses)
    guard let leader = spokenLeader, let own = first else {
      return Verdict(
        finding: ([findingWithoutMean] + [unevenNote].compactMap { $0 }).joined(separator: " "),
        points: [completeness, honesty]
          + [first.map(precision), first.flatMap(guessingPoint)].compactMap { $0 } + readingPoints)
    }
    return Verdict(
      finding: chosenSettings == nil
        ? finding(leader.setting, leader.scores)
        : finding(own.scores, own.clips, highest: (leader.setting, leader.scores)),
      points: [completeness, honesty, precision(own)]
        + [choicePoint, optimismPoint(leader.setting), guessingPoint(own)].compactMap { $0 }
        + readingPoints)
  }

  static func ends(_ interval: Interval?) -> String {
    interval.map { " (95% interval \(short($0.low)) to \(short($0.high)))" } ?? ""
  }

  static func line(_ text: String) -> String { text.replacing("\n", with: " ") }

  static func short(_ value: Double) -> String { decimals(value, 3) }

  private func finding(_ setting: SettingScores, _ scores: MeanScores) -> String {
    let what =
      honest == nil
      ? "By an epoch that was chosen on the very subjects it is tested on (\(shown.rawValue))"
      : "On \(unit)s that it was not trained on (\(shown.rawValue))"
    let which = settings.count > 1 ? " the setting \(setting.setting.name), \(rank)," : " the model"
    return what + "," + which + Self.reaches(scores, setting.clips) + "."
      + (unevenNote.map { " " + $0 } ?? "")
  }

  /// The same of a study whose folds chose their settings.
  private func finding(
    _ scores: MeanScores, _ clips: [LedgerRecord.ClipTruth],
    highest: (setting: SettingScores, scores: MeanScores)
  ) -> String {
    let others =
      unevenNote
      ?? "The highest of \(scored.count) settings, \(highest.setting.setting.name), has "
      + "\(Self.short(highest.scores.uf1.mean)) (\(shown.rawValue)), but that one is chosen by test subjects."
    return
      "On \(unit)s that it was not trained on, the model of the setting that held-out training subjects "
      + "chose for each fold (nested)" + Self.reaches(scores, clips) + ". " + others
  }

  /// How a setting that is shown stands among the others.
  private var rank: String {
    if isUneven { return "shown here since none has more clips" }
    if scored.count > 1 { return "the highest of \(scored.count)" }
    return trained.count > 1
      ? "the only trained one with a score" : "the only one with trainings of its own"
  }

  private static func reaches(_ scores: MeanScores, _ clips: [LedgerRecord.ClipTruth]) -> String {
    let seeds =
      scores.seeds > 1
      ? ", the mean over \(scores.seeds) seeds (±\u{A0}\(short(scores.uf1.deviation ?? 0)))"
      : ", one seed"
    return " reaches UF1 " + short(scores.uf1.mean) + ends(scores.intervals?.uf1) + " and UAR "
      + short(scores.uar.mean) + ends(scores.intervals?.uar) + " over "
      + counted(scores.clips, "clip") + " of " + counted(people(clips), "subject") + seeds
  }
}

extension Report.SettingScores {
  /// Of the folds that every seed has finished.
  var clips: [LedgerRecord.ClipTruth] { (shared.first?.rows ?? []).map(\.clip) }

  /// A protocol's scores of all clips.
  func full(_ name: EvaluationProtocol) -> MeanScores? {
    means(of: name).first { $0.key == "full" }?.scores
  }
}

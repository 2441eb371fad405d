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

  /// The setting of the highest UF1 by the shown protocol, of equals the first; nil: none has a score.
  var leader: (setting: SettingScores, scores: MeanScores)? {
    var best: (setting: SettingScores, scores: MeanScores)?
    for (_, setting) in trained {
      guard let scores = setting.full(shown) else { continue }
      if best.map({ scores.uf1.mean > $0.scores.uf1.mean }) ?? true { best = (setting, scores) }
    }
    return best
  }

  /// What the page speaks of first: where nobody chose the setting by test subjects that score, else the
  /// leader's. nil: there is no score.
  private var spoken: (scores: MeanScores, clips: [LedgerRecord.ClipTruth])? {
    if let chosenSettings, let full = chosenSettings.full {
      return (full, chosenSettings.clips)
    }
    return leader.map { ($0.scores, $0.setting.clips) }
  }

  /// What always saying the most frequent class of these clips would score; nil: there is none.
  private func guessing(_ clips: [LedgerRecord.ClipTruth]) -> Scores? {
    let truths = clips.map(\.truth)
    guard !truths.isEmpty else { return nil }
    let counts = (0..<job.classes).map { label in truths.count { $0 == label } }
    let most = counts.firstIndex(of: counts.max() ?? 0) ?? 0
    return Scores(
      ConfusionMatrix(classes: job.classes, truths.map { (truth: $0, prediction: most) }))
  }

  var verdict: Verdict {
    guard let leader, let (scores, clips) = spoken else {
      return Verdict(
        finding: "There is no score yet: no fold counts.", points: [completeness] + readingPoints)
    }
    return Verdict(
      finding: chosenSettings == nil
        ? finding(leader.setting, leader.scores) : finding(scores, clips, highest: leader),
      points: [completeness, honesty, precision(scores, clips)]
        + [choicePoint, optimismPoint(leader.setting), guessingPoint(scores, clips)]
        .compactMap { $0 } + readingPoints)
  }

  private static func ends(_ interval: Interval?) -> String {
    interval.map { " (95% interval \(short($0.low)) to \(short($0.high)))" } ?? ""
  }

  private static func line(_ text: String) -> String { text.replacing("\n", with: " ") }

  static func short(_ value: Double) -> String { decimals(value, 3) }

  private func finding(_ setting: SettingScores, _ scores: MeanScores) -> String {
    let what =
      honest == nil
      ? "By an epoch that was chosen on the very subjects it is tested on (\(shown.rawValue))"
      : "On \(unit)s that it was not trained on (\(shown.rawValue))"
    let which = settings.count > 1 ? " the setting \(setting.setting.name), \(rank)," : " the model"
    return what + "," + which + Self.reaches(scores, setting.clips) + "."
  }

  /// The same of a study whose folds chose their settings.
  private func finding(
    _ scores: MeanScores, _ clips: [LedgerRecord.ClipTruth],
    highest: (setting: SettingScores, scores: MeanScores)
  ) -> String {
    "On \(unit)s that it was not trained on, the model of the setting that held-out training subjects "
      + "chose for each fold (nested)" + Self.reaches(scores, clips) + ". The highest of "
      + "\(scored.count) settings, \(highest.setting.setting.name), has \(Self.short(highest.scores.uf1.mean)) "
      + "(\(shown.rawValue)), but that one is chosen by test subjects."
  }

  /// How a setting that is shown stands among the others.
  private var rank: String {
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

  private var completeness: Verdict.Point {
    Verdict.Point(isGood: isComplete && subsetNote == nil, text: headline)
  }

  private var honesty: Verdict.Point {
    guard let honest else {
      return .init(
        isGood: false,
        text:
          "Every protocol here has looked at test labels: none of these scores says how new people "
          + "would be recognised. Report last-epoch or nested.")
    }
    let spoken = chosenSettings == nil ? honest : .nested
    return .init(isGood: true, text: spoken.note)
  }

  /// Of fewer subjects an interval is no evidence.
  static let fewSubjects = 10

  private static func people(_ clips: [LedgerRecord.ClipTruth]) -> Int {
    Set(clips.map(\.person)).count
  }

  /// Why an interval says less than it seems to; nil: nothing is known against it.
  private func doubt(_ interval: Interval, _ clips: [LedgerRecord.ClipTruth]) -> String? {
    let people = Self.people(clips)
    if interval.low == interval.high {
      return
        "Every draw of these subjects scores \(Self.short(interval.low)), so the interval has no "
        + "width and says nothing of other people."
    }
    if honest == nil {
      return
        "The epochs were chosen by these very subjects, so that score and interval are too high."
    }
    if people < Self.fewSubjects {
      return "Draws of \(counted(people, "subject")) alone tell little of others."
    }
    return nil
  }

  private func precision(_ scores: MeanScores, _ clips: [LedgerRecord.ClipTruth])
    -> Verdict.Point
  {
    guard let interval = scores.intervals?.uf1 else {
      return .init(
        isGood: false,
        text:
          "There is no interval, since a dataset has one subject alone: nobody knows how far the "
          + "score may be off.")
    }
    let width = interval.high - interval.low
    let doubt = doubt(interval, clips)
    let words =
      "The 95% interval of UF1 is \(Self.short(width)) wide. It says how the score varies with the "
      + "subjects that are tested, and knows nothing of how training would differ with other training "
      + "subjects."
    let seeds = scores.seeds == 1 ? "It has one seed: how far seeds scatter is not known." : nil
    return .init(
      isGood: width < 0.2 && scores.seeds > 1 && doubt == nil,
      text: [words, doubt, seeds].compactMap { $0 }.joined(separator: " "))
  }

  /// The scores of all settings that have some.
  private var scored: [MeanScores] { trained.compactMap { $0.setting.full(shown) } }

  private var choicePoint: Verdict.Point? {
    guard scored.count > 1 else { return nil }
    let all = scored.map(\.uf1.mean)
    return .init(
      isGood: false,
      text: "\(scored.count) settings were compared, from \(Self.short(all.min() ?? 0)) to "
        + "\(Self.short(all.max() ?? 0)). Whoever takes the highest by these scores has chosen on the test "
        + "subjects, and its score is too high by what that gains."
        + (chosenSettings.map { " Chosen for each fold: \($0.words)." } ?? ""))
  }

  private func optimismPoint(_ setting: SettingScores) -> Verdict.Point? {
    guard honest != nil,
      let whole = setting.optimism?.parts.first(where: { $0.key == "full" })?.whole,
      let best = setting.full(.bestOnTest)
    else { return nil }
    // The page speaks of more than this setting where folds chose theirs.
    let which = chosenSettings == nil ? "" : "Of \(setting.setting.name): "
    let words =
      which + "Choosing each epoch on its own test \(unit) (best-on-test) would show "
      + "\(Self.short(best.uf1.mean)): "
    let size = Self.short(abs(whole.uf1))
    guard size != Self.short(0) else {
      return .init(isGood: true, text: words + "no more than the last epoch, to three decimals.")
    }
    let than = "than the last epoch\(Self.ends(whole.intervals?.uf1))"
    let gain =
      whole.uf1 > 0
      ? "\(size) more \(than), owed to looking at the labels."
      : "\(size) less \(than), since what is best for each fold need not be for all together."
    return .init(
      isGood: false, text: words + gain + " Do not compare such figures with the honest one.")
  }

  private func guessingPoint(_ scores: MeanScores, _ clips: [LedgerRecord.ClipTruth])
    -> Verdict.Point?
  {
    guard let guess = guessing(clips) else { return nil }
    let words =
      "Always saying the most frequent class would reach UF1 \(Self.short(guess.uf1)), UAR "
      + "\(Self.short(guess.uar)): "
    guard let interval = scores.intervals?.uf1 else {
      return .init(
        isGood: false,
        text: words + "without an interval nobody knows whether the score is clearly above that.")
    }
    let isAbove = interval.low > guess.uf1
    return .init(
      isGood: isAbove && doubt(interval, clips) == nil,
      text: words
        + (isAbove
          ? "the whole interval is above that." : "the score is not clearly above that."))
  }

  /// Doubts that are said elsewhere too.
  private var readingPoints: [Verdict.Point] {
    let start = startNote.map { Verdict.Point(isGood: startIsKnown, text: Self.line($0)) }
    return [start].compactMap { $0 }
      + (warnings + cutNotes).map { .init(isGood: false, text: Self.line($0)) }
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
